// Goal: a record whose schema cannot be had holds up what follows, and nothing that lies before it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { framedValue, schemaRegistry } from '../../test/support/schema-registry.ts';
import { loadConfig } from '../config/config.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { Sources } from './sources.ts';

const TEXT = '{"type":"record","name":"R","fields":[{"name":"s","type":"string"}]}';

function aRecord(offset: number, schemaId: number): LogRecord {
  const value = framedValue(schemaId, Buffer.from([2, 0x78]));
  const at = { topic: 'orders', partition: 0, offset, timestampMs: 7 };
  return { ...at, key: null, headers: {}, value };
}

test('records are read up to the first whose schema is not there, and that one is not passed over', async (t) => {
  const { url, schemas } = await schemaRegistry(t);
  schemas.set('/schemas/ids/1', { schema: TEXT });
  const sources = new Sources({
    config: loadConfig({ SOURCE_TOPICS: 'orders', SCHEMA_REGISTRY_URL: url }),
    table: { sources: () => [], onSourceChange: () => {} },
    watch: {
      ...{ partitions: 1, idOf: () => '', follow: () => {}, onLook: () => {} },
      lookQuietly: () => Promise.resolve(),
    },
  });
  const records = [aRecord(3, 1), aRecord(5, 1), aRecord(8, 2), aRecord(9, 1)];
  const { read, heldAt } = await sources.readAll(records);
  assert.deepEqual(
    [read.map(({ offset, value }) => [offset, String(value)]), heldAt],
    [
      [
        [3, '{"s":"x"}'],
        [5, '{"s":"x"}'],
      ],
      8,
    ],
  );
  await assert.rejects(sources.readAll(records.slice(2)), { code: 'schema_unavailable' });
  const all = await sources.readAll(records.slice(0, 2));
  assert.equal(all.heldAt, null);
});
