import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeMetadataResponse,
  decodeTopicEntries,
  encodeMetadataRequest,
} from './topic-metadata.ts';

const NO_TAGS = '00';
/** One tagged field, number 5, of two bytes. */
const TAG = '010502abcd';
const int32 = (value: number) => value.toString(16).padStart(8, '0');
const text = (value: string) =>
  (value.length + 1).toString(16).padStart(2, '0') + Buffer.from(value).toString('hex');
const ID = '0123456789abcdef0123456789abcdef';

function partition(number: number): string {
  const lists = `02${int32(1)}02${int32(1)}01`;
  return `0000${int32(number)}${int32(1)}${int32(7)}${lists}${TAG}`;
}

function topic(name: string, error: string, partitions: readonly string[], rights = 0xfff): string {
  const count = (partitions.length + 1).toString(16).padStart(2, '0');
  return `${error}${text(name)}${ID}00${count}${partitions.join('')}${int32(rights)}${TAG}`;
}

test('a Metadata answer gives id, partitions and right to read of each topic that is there', () => {
  const broker = `${int32(1)}${text('host')}${int32(9092)}00${NO_TAGS}`;
  const topics = [
    topic('a', '0000', [partition(0), partition(1)]),
    topic('gone', '0003', []),
    topic('seen', '0000', [partition(0)], 1 << 8),
    topic('no', '001d', []),
  ];
  const answer = [NO_TAGS, int32(0), '02', broker, text('cluster'), int32(1), '05', ...topics];
  const bytes = Buffer.from([...answer, int32(0), NO_TAGS].join(''), 'hex');
  assert.deepEqual(
    [...decodeMetadataResponse(bytes)],
    [
      ['a', { id: ID, partitions: 2, mayRead: true }],
      ['seen', { id: ID, partitions: 1, mayRead: false }],
      ['no', { id: '', partitions: 0, mayRead: false }],
    ],
  );
  const entries = decodeTopicEntries(bytes).map(({ name, errorCode, operations }) => {
    return [name, errorCode, operations];
  });
  assert.deepEqual(entries.slice(1, 3), [
    ['gone', 3, 0xfff],
    ['seen', 0, 1 << 8],
  ]);
});

test('a Metadata request asks for topics by name, and to create none', () => {
  const id = '0'.repeat(32);
  const expected = `0003${id}${text('a')}00${id}${text('bc')}0000000100`;
  assert.equal(encodeMetadataRequest(['a', 'bc']).toString('hex'), expected);
});
