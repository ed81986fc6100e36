import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeOffsetDelete, encodeOffsetDelete } from './offset-delete.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test('a request names the group, then each topic with its partitions', () => {
  const topics = new Map([
    ['t', [1, 258]],
    ['é', []],
  ]);
  assert.deepEqual(
    encodeOffsetDelete('grp', topics),
    bytes(
      '0003 677270 00000002' + // group, two topics
        '0001 74 00000002 00000001 00000102' +
        '0002 c3a9 00000000',
    ),
  );
});

test('an answer has an error for the group and one for each partition', () => {
  const answer = bytes(
    '0000 0000000a 00000002' +
      '0001 74 00000002 00000001 0000 00000102 0056' +
      '0002 c3a9 00000001 00000000 0003',
  );
  assert.deepEqual(decodeOffsetDelete(answer), {
    errorCode: 0,
    throttleMs: 10,
    partitions: [
      { topic: 't', partition: 1, errorCode: 0 },
      { topic: 't', partition: 258, errorCode: 86 },
      { topic: 'é', partition: 0, errorCode: 3 },
    ],
  });
  const refused = { errorCode: 68, throttleMs: 0, partitions: [] };
  assert.deepEqual(decodeOffsetDelete(bytes('0044 00000000 00000000')), refused);
});

test('an answer that is cut anywhere is refused', () => {
  const answer = bytes('0000 0000000a 00000001 0001 74 00000001 00000001 0000');
  for (let end = 0; end < answer.length; end += 1) {
    assert.throws(() => decodeOffsetDelete(answer.subarray(0, end)), RangeError, `at ${end}`);
  }
});
