import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  inboxOf,
  objectUrl,
  outcomePrefix,
  ownPrefixes,
  parseInbox,
  parseObjectUrl,
  unfitInboxes,
} from './bucket-inbox.ts';
import type { BucketInbox } from './bucket-inbox.ts';

const inboxes = (...urls: string[]) => urls.map((url) => parseInbox(url) as BucketInbox);

const urls: readonly [url: string, expected: BucketInbox | null][] = [
  ['s3://alerts', { bucket: 'alerts', prefix: '' }],
  ['s3://alerts/', { bucket: 'alerts', prefix: '' }],
  ['s3://alerts/in', { bucket: 'alerts', prefix: 'in/' }],
  ['s3://alerts/a/in/', { bucket: 'alerts', prefix: 'a/in/' }],
  ['s3://alerts//in', null],
  ['s3://a', null],
  ['s3://al erts', null],
  ['https://alerts.s3.amazonaws.com/in', null],
  ['alerts/in', null],
];
for (const [url, expected] of urls) {
  test(`${url} is ${expected ? 'an inbox' : 'refused'}`, () => {
    assert.deepEqual(parseInbox(url), expected);
  });
}

const outcomes = [
  ['s3://alerts', 'done/'],
  ['s3://alerts/in', 'done/'],
  ['s3://alerts/a/in', 'a/done/'],
] as const;
for (const [url, expected] of outcomes) {
  test(`read objects of ${url} are moved to ${expected}`, () => {
    assert.equal(outcomePrefix(inboxes(url)[0] as BucketInbox, 'done'), expected);
  });
}

test('an inbox holds what lies below its prefix, and not what only begins with its name', () => {
  const [inbox] = inboxes('s3://alerts/in');
  assert.equal(
    inboxOf('alerts', 'in/2026/x.csv', inboxes('s3://alerts/in'))?.prefix,
    inbox?.prefix,
  );
  assert.equal(inboxOf('alerts', 'inner.csv', inboxes('s3://alerts/in')), null);
  assert.equal(inboxOf('other', 'in/x.csv', inboxes('s3://alerts/in')), null);
});

test('moved objects are told from new ones, in each inbox of the bucket', () => {
  const all = inboxes('s3://alerts', 's3://others/in');
  assert.deepEqual(ownPrefixes('alerts', all), ['done/', 'failed/']);
  assert.deepEqual(ownPrefixes('others', all), ['done/', 'failed/']);
  assert.deepEqual(ownPrefixes('third', all), []);
});

test('the URL of an object says its bucket and its key, whatever characters that has', () => {
  for (const key of ['in/x.csv', '/a//b', 's3://x/y', 'a\nb', 'ä +%?#']) {
    assert.deepEqual(parseObjectUrl(objectUrl('alerts', key)), { bucket: 'alerts', key });
  }
  for (const url of ['s3://alerts', 's3://alerts/', 'in/x.csv']) {
    assert.equal(parseObjectUrl(url), null);
  }
});

const sets: readonly [urls: readonly string[], expected: RegExp | null][] = [
  [['s3://alerts/a/in', 's3://alerts/b/in', 's3://others'], null],
  [['s3://alerts', 's3://alerts/in'], /"s3:\/\/alerts\/in\/": it lies in s3:\/\/alerts\//],
  [['s3://alerts/in', 's3://alerts/in/'], /it lies in/],
  [['s3://alerts/done'], /read objects are moved there/],
  [['s3://alerts/in', 's3://alerts/failed/in'], /"s3:\/\/alerts\/failed\/in\/"/],
];
for (const [set, expected] of sets) {
  test(`${set.join(' and ')}: ${expected ? 'refused' : 'taken'}`, () => {
    const unfit = unfitInboxes(inboxes(...set));
    if (expected) assert.match(String(unfit), expected);
    else assert.equal(unfit, null);
  });
}
