import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as format from './format.js';

const rows: readonly [call: string, shown: string, expected: string][] = [
  ['count of a million', format.count(1_234_567), '1,234,567'],
  ['count of nothing', format.count(undefined), '–'],
  ['compact count', format.compact(1_234_567), '1.2M'],
  ['slow rate', format.rate(0.52), '0.5/s'],
  ['fast rate', format.rate(1_234.4), '1,234/s'],
  ['bytes', format.bytes(999), '999 B'],
  ['bytes just below a unit', format.bytes(999_949), '1 MB'],
  ['gigabytes', format.bytes(1_500_000_000), '1.5 GB'],
  ['short time to answer', format.millis(3.14), '3.1 ms'],
  ['long time to answer', format.millis(15_000), '15 s'],
  ['no time', format.duration(0.2), '0 s'],
  ['two units of time', format.duration(4_321), '1 h 12 min'],
  ['whole hours', format.duration(7_200), '2 h'],
  ['days', format.duration(90_061), '1 d 1 h'],
  ['one unit of time', format.shortDuration(5_400), '1.5 h'],
  ['time gone by', format.ago(0, 100_000), '1 min ago'],
  ['time to come', format.ago(100_000, 0), 'in 1 min'],
  ['this moment', format.ago(1_000, 0), 'now'],
  ['all but one row', format.percent(9_999, 10_000), '99 %'],
  ['nothing of nothing', format.percent(0, 0), '0 %'],
  ['all', format.percent(3, 3), '100 %'],
  ['one', format.plural(1, 'delivery'), '1 delivery'],
  ['many', format.plural(1_200, 'delivery'), '1,200 deliveries'],
  ['matches', format.plural(2, 'match'), '2 matches'],
  [
    'id of a row',
    format.shortId('01M7YY9YDZ3V9Q7W4B2M6N0P5R-0000000001', 22),
    '01M7YY9YDZ…-0000000001',
  ],
  ['short id', format.shortId('sub_1'), 'sub_1'],
  ['URL', format.shortUrl('https://example.com/hook?x=1'), 'example.com/hook'],
  ['no URL', format.shortUrl('<b>'), '<b>'],
  ['state', format.stateName('in_flight'), 'in flight'],
  ['no date', format.clock(Number.NaN), '–'],
];

for (const [title, shown, expected] of rows) {
  test(`${title} is written as ${expected}`, () => assert.equal(shown, expected));
}
