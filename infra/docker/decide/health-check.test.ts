import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthCheck } from './health-check.ts';

const settings = { PORT: 1, CONSOLE_PORT: 2, RECEIVER_PORT: 3, KAFKA_BROKERS: ['kafka:9092'] };
const http = (port: number) => ({ kind: 'http', url: `http://127.0.0.1:${port}/health/live` });

const rows: readonly [role: string, expected: unknown][] = [
  ['producer', http(1)],
  ['console', http(2)],
  ['receiver', http(3)],
  ['consumer', { kind: 'broker', brokers: ['kafka:9092'] }],
];
for (const [role, expected] of rows) {
  test(`the health of a container that runs the ${role}`, () => {
    const check = 'node infra/docker/health.ts ';
    const command = `node -r ./infra/check-node.cjs ${role}/main.ts `;
    assert.deepEqual(healthCheck([check, command], settings), expected);
  });
}

test('a container without a role has no health', () => {
  assert.deepEqual(healthCheck(['node console/cli/status.ts '], settings), { kind: 'none' });
});
