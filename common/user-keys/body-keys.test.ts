import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../kafka/log-record.ts';
import { parseDelivery } from '../model/delivery.ts';
import { LOCKED, NO_USER_KEYS, settled } from './body-keys.ts';

const record: LogRecord = {
  ...{ topic: 't', partition: 0, offset: 0, key: 'a user', value: Buffer.from('{}') },
  ...{ headers: { 'webhook-id': 'd-1' }, timestampMs: 0 },
};

test('an encrypted record is refused where USER_KEYS is off, and all others are as they were', async () => {
  const headers = { ...record.headers, 'wh-user-key': 'k' };
  const [plain, sealed] = await settled([record, { ...record, headers }], NO_USER_KEYS);
  assert.equal(plain, record);
  assert.ok(sealed);
  assert.deepEqual(parseDelivery(sealed), { kind: 'malformed', reason: LOCKED });
});
