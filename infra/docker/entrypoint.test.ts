import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PRODUCER_HEAP } from '../roles.ts';

test('the producer has the same heap in a container, under npm and under the supervisor', () => {
  const flags = PRODUCER_HEAP.join(' ');
  assert.ok(readFileSync('infra/docker/entrypoint.sh', 'utf8').includes(`flags='${flags}'`));
  assert.ok(readFileSync('package.json', 'utf8').includes(`exec node ${flags} `));
});
