import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encoded, internalModule } from './internals.ts';

type Envelope = (asked: {
  readonly correlationId: number;
  readonly clientId: string;
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly encode: () => Promise<unknown>;
  };
}) => Promise<{ readonly buffer: Buffer; size(): number }>;

test('a request is put into its envelope as kafkajs itself does', async () => {
  const path = 'protocol/request';
  const theirs = internalModule<Envelope>(path);
  await import('./request-envelope-patch.ts');
  const ours = internalModule<Envelope>(path);
  assert.notEqual(ours, theirs);
  for (const [clientId, length] of [
    ['', 0],
    ['hookline-é€', 1],
    ['c', 100_000],
  ] as const) {
    const body = Buffer.alloc(length, 'body');
    const request = { apiKey: 3, apiVersion: 7, encode: () => Promise.resolve(encoded(body)) };
    const asked = { correlationId: 2 ** 31 - 1, clientId, request };
    const [mine, expected] = [await ours(asked), await theirs(asked)];
    assert.ok(mine.buffer.equals(expected.buffer), `${clientId}, ${length} bytes`);
    assert.equal(mine.size(), expected.size());
  }
});
