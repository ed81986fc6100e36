import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeTime } from 'ulid';
import { fileRowId, parseFileRowId } from '../../common/model/delivery.ts';
import { objectId } from './object-id.ts';

const PLACE = { bucket: 'alerts', key: 'in/x.csv', etag: '"abc"' };
const AT_MS = Date.UTC(2026, 10, 30, 12, 0, 7);

test('every process makes the same id of the same content, with or without fractions', () => {
  const id = objectId(PLACE, AT_MS);
  assert.equal(objectId({ ...PLACE }, AT_MS + 345), id);
  assert.equal(decodeTime(id), AT_MS);
  assert.equal(parseFileRowId(fileRowId(id, 7))?.fileId, id);
});

const others: readonly [title: string, place: typeof PLACE, atMs: number][] = [
  ['another content', { ...PLACE, etag: '"abd"' }, AT_MS],
  ['another key', { ...PLACE, key: 'in/y.csv' }, AT_MS],
  ['another bucket', { ...PLACE, bucket: 'others' }, AT_MS],
  ['the same content of later', PLACE, AT_MS + 1_000],
];
for (const [title, place, atMs] of others) {
  test(`${title} has an id of its own`, () => {
    assert.notEqual(objectId(place, atMs), objectId(PLACE, AT_MS));
  });
}
