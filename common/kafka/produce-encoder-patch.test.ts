import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from '../../test/support/property.ts';
import { encodeProduce } from './decide/encode-produce.ts';
import type { ProduceToEncode } from './decide/encode-produce.ts';
import { internalModule } from './internals.ts';
import { patchProduceEncoder } from './produce-encoder-patch.ts';

type CreateRequest = (request: ProduceToEncode) => {
  readonly apiVersion: number;
  readonly encode: () => Promise<{ readonly buffer: Buffer }>;
};

const PATH = 'protocol/requests/produce/v3/request';
const theirs = internalModule<CreateRequest>(PATH);
const NOW_MS = Date.parse('2026-01-31T08:00:00Z');

const buffer = fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all));
const text = fc.string({ unit: 'binary' });
const bytes = fc.oneof(buffer, text, fc.constantFrom('é€😀', '\ud800'));
const message = fc.record(
  {
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(text, fc.oneof(bytes, fc.array(bytes))),
  },
  { requiredKeys: ['value'] },
);
const partition = fc.record(
  {
    partition: fc.nat(),
    firstSequence: fc.nat(),
    messages: fc.array(message, { minLength: 1 }),
  },
  { requiredKeys: ['partition', 'messages'] },
);
const request = fc.record(
  {
    acks: fc.constantFrom(-1, 0, 1),
    timeout: fc.nat(),
    transactionalId: fc.option(fc.string({ minLength: 1 })),
    producerId: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
    producerEpoch: fc.nat({ max: 32_767 }),
    topicData: fc.array(fc.record({ topic: text, partitions: fc.array(partition) })),
  },
  { requiredKeys: ['acks', 'timeout', 'topicData'] },
);

test('a produce request is written as kafkajs itself writes it', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: NOW_MS });
  t.after(() => mock.timers.reset());
  await fc.assert(
    fc.asyncProperty(request, async (one) => {
      const { buffer: expected } = await theirs(one).encode();
      assert.deepEqual(encodeProduce(one, NOW_MS), Buffer.from(expected));
    }),
  );
});

test('a long value and many records are written whole', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: NOW_MS });
  t.after(() => mock.timers.reset());
  const long = { value: Buffer.alloc(300_000, 'long') };
  const messages = [long, ...Array.from({ length: 20_000 }, (_, n) => ({ value: `value ${n}` }))];
  const one = {
    ...{ acks: -1, timeout: 1_000 },
    topicData: [{ topic: 't', partitions: [{ partition: 0, messages }] }],
  };
  const { buffer: expected } = await theirs(one).encode();
  assert.ok(encodeProduce(one, NOW_MS).equals(expected));
});

test('what is not written is refused: compression, and a time of its own', () => {
  const one = { acks: -1, timeout: 1, topicData: [] };
  assert.throws(() => encodeProduce({ ...one, compression: 1 }, NOW_MS), /not compressed/);
  const dated = { value: 'a', timestamp: '1' } as unknown as { value: string };
  const topicData = [{ topic: 't', partitions: [{ partition: 0, messages: [dated] }] }];
  assert.throws(() => encodeProduce({ ...one, topicData }, NOW_MS), /the time at which it is sent/);
});

test('kafkajs writes requests of every version by it', async () => {
  patchProduceEncoder();
  assert.notEqual(internalModule(PATH), theirs);
  const one = { acks: -1, timeout: 1, compression: 1, topicData: [] };
  for (const version of [3, 5, 7]) {
    const create = internalModule<CreateRequest>(`protocol/requests/produce/v${version}/request`);
    assert.equal(create(one).apiVersion, version);
    assert.throws(() => create(one).encode(), /not compressed/, 'only ours refuses it');
  }
});
