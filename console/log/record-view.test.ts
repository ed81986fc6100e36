import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { SHOWN_BYTES_MAX, recordView } from './record-view.ts';

const RECORD: LogRecord = {
  ...{ topic: 't', partition: 3, offset: 7, key: 'user-1', headers: { 'webhook-id': 'a' } },
  ...{ value: Buffer.from('{"text":"grüße"}'), timestampMs: Date.UTC(2026, 10, 29, 12) },
};
const view = (value: Buffer | null) => {
  const {
    bytes,
    value: text,
    value_base64: base64,
    value_cut: isCut,
  } = recordView({ ...RECORD, value });
  return { bytes, text, base64, isCut };
};

test('a record is shown with its key, its headers, its time and its value as text', () => {
  assert.deepEqual(recordView(RECORD), {
    ...{ partition: 3, offset: 7, key: 'user-1', headers: { 'webhook-id': 'a' } },
    ...{ at: '2026-11-29T12:00:00.000Z', bytes: 18, value: '{"text":"grüße"}' },
    ...{ value_base64: null, value_cut: false, error: null },
  });
});

test('a value that is no text is base64, and no value is null', () => {
  assert.deepEqual(view(Buffer.from([0xff, 0])), {
    ...{ bytes: 2, text: null, base64: '/wA=', isCut: false },
  });
  assert.deepEqual(view(null), { bytes: null, text: null, base64: null, isCut: false });
});

test('a long value is cut, also in the middle of a character', () => {
  for (const before of ['', 'x', 'xx', 'xxx']) {
    const { text, isCut } = view(Buffer.from(before + '😀'.repeat(SHOWN_BYTES_MAX / 4)));
    assert.equal(isCut, before !== '');
    assert.ok(text?.endsWith('😀'), before);
  }
});

test('a batch that cannot be read says why', () => {
  const undecodable = { firstOffset: 5, lastOffset: 7, reason: 'damaged' };
  assert.match(recordView({ ...RECORD, undecodable }).error ?? '', /offsets 5 to 7 .*damaged/);
});
