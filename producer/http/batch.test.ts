import assert from 'node:assert/strict';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createHttpApp } from '../../common/http/app.ts';
import { addRoutes } from '../../common/http/route.ts';
import { serveHttp } from '../../common/http/serve.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { DeliveryLimits } from '../../common/topics/delivery-limits.ts';
import { Admission } from './admission.ts';
import { sendBatch } from './batch.ts';
import { NO_USER_KEYS } from '../../common/user-keys/body-keys.ts';

const LINES_MAX = 100_000;
const logger = createLogger('test', 'silent');

/** A real server; what it accepts is only counted. */
async function aServer(t: TestContext) {
  let written = 0;
  const admission = new Admission({
    publisher: {
      publish: () => Promise.resolve(void (written += 1)),
    } as unknown as ConstructorParameters<typeof Admission>[0]['publisher'],
    gate: { isOpen: true, wrote: () => {} },
    ...{ deliveriesTopic: 'deliveries', partitions: () => 1, messageBytesMax: 1024 ** 2 },
    bodyKeys: NO_USER_KEYS,
    limits: { whyTooLarge: () => null } as unknown as DeliveryLimits,
  });
  const app = createHttpApp({ logger, apiKeys: [], name: 'test' });
  addRoutes(app, [sendBatch], {
    admission,
    once: { run: () => Promise.resolve('accepted') },
    userRate: { window: null, take: () => Promise.resolve(0) },
    newId: () => 'id',
  });
  const server = await serveHttp({ app, host: '127.0.0.1', port: 0, logger });
  t.after(() => server.close());
  /** Sends all of it before it reads anything. */
  const ask = async (line: string, times: number) => {
    const sent = request(`${server.url}/send/batch`, { method: 'POST' });
    const pieces = Array<string>(Math.ceil(times / 1_000)).fill(line.repeat(1_000));
    Readable.from(pieces).pipe(sent);
    const answer = await new Promise<Readable & { statusCode?: number }>((resolve, reject) => {
      sent.on('response', resolve);
      sent.on('error', reject);
    });
    const results = (await text(answer)).trimEnd().split('\n');
    return { status: answer.statusCode, results, last: JSON.parse(results.at(-1) ?? '') };
  };
  return { ask, written: () => written };
}

test('of more than 100,000 lines the rest is refused, and the answer says from where on', async (t) => {
  const { ask, written } = await aServer(t);
  const { status, results, last } = await ask('{"user_id":"u","data":1}\n', LINES_MAX + 5_000);
  assert.equal(status, 207);
  assert.equal(results.length, LINES_MAX + 1);
  assert.equal(written(), LINES_MAX);
  assert.deepEqual([last.line, last.status], [LINES_MAX + 1, 413]);
  assert.match(last.detail, /More than 100000: neither this nor the rest/);
});

test('an answer of long refusals is bounded, too', async (t) => {
  const { ask, written } = await aServer(t);
  const names = Array.from({ length: 20 }, (_, n) => `"${String(n).padStart(90, 'x')}":0`);
  const { status, results, last } = await ask(`{"user_id":"u","data":1,${names.join()}}\n`, 30_000);
  assert.deepEqual([status, last.status, written()], [207, 413, 0]);
  assert.match(last.detail, /The answer has more than 67108864 characters: neither this nor/);
  const lengthMax = 64 * 1024 ** 2 + 1_001 * (results[0]?.length ?? 0);
  assert.ok(results.join('\n').length < lengthMax);
  assert.equal(last.line, results.length, 'all before it have a result');
});
