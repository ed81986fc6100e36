import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaMessage } from 'kafkajs';
import { toLogRecord } from './records.ts';

test('a header without a value counts as absent, however often it comes', () => {
  const empty = null as unknown as Buffer;
  const message: KafkaMessage = {
    key: null,
    value: Buffer.from('body'),
    timestamp: '1',
    attributes: 0,
    offset: '7',
    headers: { none: empty, twice: [empty, Buffer.from('x')], id: Buffer.from('a') },
  };
  assert.deepEqual(toLogRecord('topic', 0, message).headers, { id: 'a' });
});
