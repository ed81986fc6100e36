import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IngestGates } from './ingest-gates.ts';

test('files are held back by all that waits, callers by the live topics, until less than 90 % wait', () => {
  const gates = new IngestGates(100, { live: ['live', 'retry'], all: ['live', 'retry', 'bulk'] });
  const look = (live: number, retry: number, bulk: number) =>
    gates.look([
      { topic: 'live', lag: live },
      { topic: 'retry', lag: retry },
      { topic: 'bulk', lag: bulk },
      { topic: 'orders', lag: 1_000 },
    ]);
  assert.deepEqual(look(50, 10, 39), { api: null, files: null });
  assert.deepEqual(look(50, 10, 40), { api: null, files: 100 });
  assert.deepEqual(look(90, 10, 0), { api: 100, files: 100 });
  assert.deepEqual(look(90, 0, 0), { api: 90, files: 90 });
  assert.deepEqual(look(89, 0, 1), { api: null, files: 90 });
  assert.deepEqual(look(89, 0, 0), { api: null, files: null });
});
