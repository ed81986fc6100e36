import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthUrl } from './health-url.ts';

const settings = { PORT: 1, CONSOLE_PORT: 2, RECEIVER_PORT: 3, METRICS_PORT: 4 };

const rows: readonly [role: string, port: number][] = [
  ['producer', 1],
  ['console', 2],
  ['receiver', 3],
  ['consumer', 4],
];
for (const [role, port] of rows) {
  test(`the health of a container that runs the ${role}`, () => {
    const check = 'node infra/docker/health.ts ';
    const command = `node -r ./infra/check-node.cjs ${role}/main.ts `;
    assert.equal(healthUrl([check, command], settings), `http://127.0.0.1:${port}/health/live`);
  });
}

test('a container without a role has no health', () => {
  assert.equal(healthUrl(['node console/cli/status.ts '], settings), null);
});
