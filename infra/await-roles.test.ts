// Goal: a start takes no other program, and no other Hookline, for its own roles.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createHttpApp } from '../common/http/app.ts';
import { serveHttp } from '../common/http/serve.ts';
import { createLogger } from '../common/base/logger.ts';
import { START_ID } from '../common/process/start-id.ts';
import { fixedPort } from '../test/support/fixed-port.ts';
import { untilAnswering } from './await-roles.ts';

const host = '127.0.0.1';
const logger = createLogger('test', 'silent');

/** A role on a port, as one of the start with this id; absent: of no start. */
async function serve(t: TestContext, port: number, startId?: string): Promise<void> {
  // It is read when somebody asks.
  if (startId !== undefined) process.env[START_ID] = startId;
  t.after(() => delete process.env[START_ID]);
  const app = createHttpApp({ logger, apiKeys: [], name: 'role' });
  const server = await serveHttp({ app, host, port, logger });
  t.after(() => server.close(0));
}

const wait = (port: number) => {
  const role = { setting: 'PORT', url: `http://${host}:${port}` };
  return untilAnswering([role], 'ours', () => false, logger);
};

test('a role of this start is waited for', async (t) => {
  const port = await fixedPort(host);
  const waiting = wait(port);
  await serve(t, port, 'ours');
  await waiting;
});

for (const other of ['of another start', undefined]) {
  test(`a role ${other ?? 'of no start'} on the port ends the start`, async (t) => {
    const port = await fixedPort(host);
    await serve(t, port, other);
    await assert.rejects(wait(port), new RegExp(`PORT=${port}: another process has begun`));
  });
}

test('a start that is being stopped waits no longer', async () => {
  const role = { setting: 'PORT', url: `http://${host}:${await fixedPort(host)}` };
  await untilAnswering([role], 'ours', () => true, logger);
});
