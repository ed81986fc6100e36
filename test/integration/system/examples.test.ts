// Goal: each example does what it says, as a reader runs it. One system serves them all.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { prepareS3Server } from '../../../bench/s3-server.ts';
import { ensureJars, jarCache } from '../../../infra/kafka/jars.ts';
import { uniquePrefix } from '../../support/broker.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { startFront } from '../../support/front.ts';
import { startS3 } from '../../support/s3.ts';
import { aTarget } from '../../support/target.ts';
import { until } from '../../support/until.ts';
import { userTopics } from '../../support/user-topics.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const KEY = 'a-key-of-the-test';
const ENV = {
  ALLOW_TARGETS: '127.0.0.1/32',
  API_KEYS: KEY,
  SETTLE_MS: '100',
  RETRY_SCHEDULE: '50ms',
};

const noS3 = await prepareS3Server();

function start(
  t: TestContext,
  url: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const child = spawn(command, args, {
    cwd: EXAMPLES,
    env: {
      ...process.env,
      ...env,
      HOOKLINE_URL: url,
      HOOKLINE_KEY: KEY,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => chunks.push(String(chunk)));
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => chunks.join(''), ended };
}

/** Runs an example in the shell to its end. @returns what it printed */
async function run(t: TestContext, url: string, ...args: readonly string[]): Promise<string> {
  const { output, ended } = start(t, url, 'sh', args);
  assert.equal(await ended, 0, output());
  return output();
}

async function post(url: string, path: string, body: unknown) {
  const headers = { authorization: `Bearer ${KEY}` };
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, json: (await response.json()) as { id: string } };
}

const idsOf = ({ receiver }: DeliverySystem) =>
  receiver.deliveries(100).map(({ headers }) => String(headers['webhook-id']));

test('the examples do what they say', async (t) => {
  const s3 = noS3 === null ? await startS3(t) : null;
  const system = await aDeliverySystem(t, { ...ENV, ...s3?.env }, { keep: 100 });
  system.start('consumer');

  const { url } = await startFront(system);

  await t.test('send.sh: a key given twice is one delivery', async (t) => {
    const first = await run(t, url, 'send.sh', 'order-8');
    assert.match(first, /^accepted: idem-\S+\nstate: delivered\n$/);
    assert.equal(await run(t, url, 'send.sh', 'order-8'), first);
    assert.equal(idsOf(system).length, 1);
  });

  await t.test('drop-files.sh: both files are delivered', async (t) => {
    const said = await run(t, url, 'drop-files.sh', join(system.config.DATA_DIR, 'inbox'));
    assert.match(said, /^alerts-\d+\.csv: 2 delivered\nalerts-\d+\.jsonl: 1 delivered\n$/);
  });

  await t.test('redrive.sh: a dead letter is delivered, and goes back once', async (t) => {
    system.receiver.setMode({ mode: 'error', status: 500 });
    const { json } = await post(url, '/send', { user_id: 'user-dead', data: 'lost' });
    const isDead = async () => {
      const headers = { authorization: `Bearer ${KEY}` };
      const path = `${url}/dead-letters?user=user-dead`;
      return (await (await fetch(path, { headers })).text()).includes(json.id);
    };
    await until(isDead);
    system.receiver.setMode('ok');
    assert.match(await run(t, url, 'redrive.sh', 'user-dead'), /Redriven:\n\{.*"redriven":1,/);
    const accepted = () => idsOf(system).filter((id) => id === json.id).length === 3;
    await until(accepted, { describe: () => idsOf(system) });
    assert.match(await run(t, url, 'redrive.sh', 'user-dead'), /Redriven:\n\{.*"redriven":0,/);
  });

  await t.test('replay.sh: what a user had comes once more, under its id', async (t) => {
    const before = idsOf(system).filter((id) => id.startsWith('idem-'));
    assert.match(await run(t, url, 'replay.sh', 'user-1'), /"matched":3,[^]*"copied":3,/);
    const again = () => idsOf(system).filter((id) => before.includes(id)).length === 2;
    await until(again, { describe: () => idsOf(system) });
  });

  await t.test('put-object.sh: an object is delivered', { skip: noS3 ?? false }, async (t) => {
    const { output, ended } = start(t, url, 'sh', ['put-object.sh'], s3?.env);
    assert.equal(await ended, 0, output());
    assert.match(output(), /"outcome":"(announced|known)"[^]*^alerts-\d+\.csv: 2 delivered\n$/m);
  });

  await t.test('sources/: what is created and changed in a table is delivered', async (t) => {
    const topic = `shop.${uniquePrefix()}.orders`;
    await (await userTopics(system, t, 2)).make(topic);
    const { received, url: target } = await aTarget(t);
    const said = await run(t, url, 'sources/deliver-changes.sh', target, topic);
    assert.match(said, /^subscription: sub_\S+\nsource: shop\.\S+ is reading\n$/);
    const jars = join(await ensureJars(jarCache(process.env)), '*');
    const brokers = system.config.KAFKA_BROKERS.join(',');
    const args = ['-cp', jars, 'sources/ProduceChanges.java', brokers, topic];
    const producer = start(t, url, 'java', args);
    assert.equal(await producer.ended, 0, producer.output());
    const changes = () =>
      received.map(({ body }) => JSON.parse(body) as { op: string; after: { id: number } });
    await until(() => received.length === 4, { describe: changes });
    const told = changes().map(({ op, after: { id } }) => `${op}${id}`);
    assert.deepEqual(told.toSorted(), ['c1', 'c2', 'c3', 'u2']);
    assert.ok(told.indexOf('c2') < told.indexOf('u2'), told.join());
  });

  for (const [name, command] of [
    ['receive.ts', process.execPath],
    ['receive.py', 'python3'],
  ] as const) {
    await t.test(`${name}: takes what is signed, and refuses what is not`, async (t) => {
      const { child, output, ended } = start(t, url, command, [name]);
      const subscribed = () => /^subscribed: (\S+) to (\S+)$/m.exec(output());
      await until(() => subscribed() !== null, { describe: output });
      const [, id = '', target = ''] = subscribed() ?? [];
      const event = { type: 'order.paid', user_id: 'user-1', data: { order_id: 7 } };
      assert.equal((await post(url, '/events', event)).status, 202);
      await until(() => output().includes('verified: order.paid'), { describe: output });
      const headers = {
        'webhook-id': 'forged',
        'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
        'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
      };
      const forged = await fetch(target, { method: 'POST', headers, body: '{"order_id":8}' });
      assert.equal(forged.status, 401);
      child.kill('SIGTERM');
      assert.equal(await ended, 0, output());
      assert.ok(output().includes(`deleted: ${id}`), output());
      assert.ok(!output().includes('"order_id":8'), output());
    });
  }
});
