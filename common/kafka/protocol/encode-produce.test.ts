import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from '../../../test/support/property.ts';
import { internalModule } from '../internals.ts';
import { encodeProduce } from './encode-produce.ts';
import type { BatchToEncode, ProduceRequest } from './encode-produce.ts';

type CreateRequest = (request: object) => object;
type Envelope = (of: object) => Promise<{ readonly buffer: Buffer }>;

const NOW_MS = Date.parse('2026-01-31T08:00:00Z');
const envelope = internalModule<Envelope>('protocol/request');

/** The same request, as kafkajs writes it. */
async function byKafkajs(request: ProduceRequest): Promise<Buffer> {
  const { correlationId, clientId, version, transactionalId, timeoutMs: timeout } = request;
  const path = `protocol/requests/produce/v${version}/request`;
  const [first] = request.batches;
  const topics = Map.groupBy(request.batches, ({ topic }) => topic);
  const asked = internalModule<CreateRequest>(path)({
    ...{ acks: -1, timeout, transactionalId },
    ...(first && { producerId: String(first.number.producerId) }),
    ...(first && { producerEpoch: first.number.epoch }),
    topicData: [...topics].map(([topic, batches]) => ({
      topic,
      partitions: batches.map(({ partition, number, records: messages }) => {
        return { partition, firstSequence: number.sequence, messages };
      }),
    })),
  });
  const { buffer } = await envelope({ correlationId, clientId, request: asked });
  return Buffer.from(buffer);
}

const buffer = fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all));
const text = fc.string({ unit: 'binary' });
const bytes = fc.oneof(buffer, text, fc.constantFrom('é€😀', '\ud800'));
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(text, bytes),
});
const producer = fc.record({
  producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  epoch: fc.nat({ max: 32_767 }),
});
const batch = fc.record({
  topic: fc.constantFrom('a', 'b', 'é'),
  partition: fc.nat(),
  sequence: fc.nat(),
  records: fc.array(record, { minLength: 1 }),
});
const request = fc.record({
  correlationId: fc.nat(),
  clientId: text,
  version: fc.constantFrom(3, 5, 7),
  transactionalId: fc.option(fc.string({ minLength: 1 })),
  timeoutMs: fc.nat(),
  batches: fc.tuple(producer, fc.array(batch)).map(([of, batches]) =>
    batches.map(({ sequence, ...one }): BatchToEncode => {
      return { ...one, number: { ...of, sequence } };
    }),
  ),
});

test('a produce request is written as kafkajs itself writes it', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: NOW_MS });
  t.after(() => mock.timers.reset());
  await fc.assert(
    fc.asyncProperty(request, async (one) => {
      assert.deepEqual(encodeProduce(one, NOW_MS), await byKafkajs(one));
    }),
  );
});

test('a long value and many records are written whole', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: NOW_MS });
  t.after(() => mock.timers.reset());
  const ofValue = (value: string | Buffer) => ({ key: null, value, headers: {} });
  const values = Array.from({ length: 20_000 }, (_, n) => ofValue(`value ${n}`));
  const records = [ofValue(Buffer.alloc(300_000, 'long')), ...values];
  const number = { producerId: 1n, epoch: 0, sequence: 0 };
  const one = {
    ...{ correlationId: 1, clientId: 'c', version: 7, transactionalId: null, timeoutMs: 1 },
    batches: [{ topic: 't', partition: 0, number, records }],
  };
  assert.ok(encodeProduce(one, NOW_MS).equals(await byKafkajs(one)));
});
