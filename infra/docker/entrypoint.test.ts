import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CONSUMER_HEAP, PRODUCER_HEAP } from '../roles.ts';

interface Package {
  readonly scripts: Readonly<Record<string, string>>;
}

for (const [role, heap] of Object.entries({ producer: PRODUCER_HEAP, consumer: CONSUMER_HEAP })) {
  test(`the ${role} has the same heap in a container, under npm and under the supervisor`, () => {
    const flags = heap.join(' ');
    const entrypoint = readFileSync('infra/docker/entrypoint.sh', 'utf8');
    assert.ok(entrypoint.includes(`${role}) flags='${flags}'`));
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as Package;
    assert.ok(scripts[role]?.startsWith(`exec node ${flags} `));
  });
}
