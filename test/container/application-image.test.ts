// Goal: the image that people deploy does the main job, holds nothing that it should not, and
// stops without cutting off a delivery.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Wait, getContainerRuntimeClient } from 'testcontainers';
import type { StartedTestContainer } from 'testcontainers';
import {
  applicationImage,
  startReceiverContainer,
  startRoleContainer,
} from '../support/application.ts';
import { uniquePrefix } from '../support/broker.ts';
import { startContainerKafka } from '../support/container-kafka.ts';
import { LocalContainer, NODE_IMAGE } from '../support/docker.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';

/** Largest size that the image may add to its base, in MB. */
const ADDED_MB_MAX = 60;
const GRACE_S = 30;
const ROWS = 4_500;
const HEALTH = ['node', 'infra/docker/health.ts'];

const options = { timeout: 120_000 };
const containers: StartedTestContainer[] = [];
const { container: docker } = await getContainerRuntimeClient();
before(applicationImage, { timeout: 300_000 });
after(() => Promise.all(containers.map((container) => container.stop({ timeout: 0 }))));

test('the image holds what runs, and runs as nobody in particular', options, async (t) => {
  const bare = new LocalContainer(await applicationImage()).withReadOnlyRoot();
  const container = await bare
    .withEntrypoint(['sleep', '60'])
    .withWaitStrategy(Wait.forSuccessfulCommand('true'))
    .start();
  containers.push(container);
  const run = async (command: string) =>
    (await container.exec(['sh', '-c', command])).output.trim();

  assert.equal(await run('id -u; id -g'), '1000\n1000');
  const expected = 'common console consumer infra node_modules package.json producer receiver';
  assert.equal((await run('ls -A /app')).replaceAll('\n', ' '), expected);
  assert.equal(await run("find /app -name '*.test.ts' -not -path '*/node_modules/*'"), '');
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { readonly dev?: boolean }>;
  };
  // One that a package of the image needs as well is not marked so.
  const ours = Object.entries(packages).filter(([path]) => path.lastIndexOf('node_modules') === 0);
  const names = ours.flatMap(([path, { dev }]) => (dev ? [`/app/${path}`] : []));
  assert.ok(names.includes('/app/node_modules/oxlint'));
  assert.equal(await run(`ls -d ${names.join(' ')} 2>/dev/null`), '');
  assert.match(await run('touch /app/x 2>&1'), /Read-only file system/);
  assert.equal(await run('touch /data/x && echo written'), 'written');

  const inspect = (name: string) => docker.dockerode.getImage(name).inspect();
  const [image, base] = [await inspect(await applicationImage()), await inspect(NODE_IMAGE)];
  assert.deepEqual(image.Config.Healthcheck?.Test, ['CMD', ...HEALTH]);
  const [size, baseSize] = [image.Size / 1e6, base.Size / 1e6];
  t.diagnostic(`image ${size.toFixed(0)} MB, of it its base ${baseSize.toFixed(0)} MB`);
  assert.ok(size - baseSize < ADDED_MB_MAX, `adds ${size - baseSize} MB`);

  const health = async () => container.exec(HEALTH, { env: { API_KEYS: 'test' } });
  const without = await health();
  assert.equal(without.exitCode, 1);
  assert.match(without.output, /no role runs/);
  await run('node -e "setTimeout(() => {}, 60_000)" consumer/main.ts >/dev/null 2>&1 &');
  const silent = await health();
  assert.equal(silent.exitCode, 1, 'a role that does not answer is not well');
  assert.doesNotMatch(silent.output, /no role runs/);
});

test('a stop that comes before the role listens ends it at once', options, async () => {
  const loading = "console.log('loading'); setTimeout(() => {}, 60_000)";
  const container = await new LocalContainer(await applicationImage())
    .withEntrypoint(['node', '-r', './infra/check-node.cjs', '-e', loading])
    .withWaitStrategy(Wait.forLogMessage('loading'))
    .start();
  containers.push(container);
  const process = docker.getById(container.getId());
  await process.stop({ t: GRACE_S });
  assert.equal((await process.inspect()).State.ExitCode, 143, 'not killed when its grace was over');
});

test(
  'a dropped file arrives once while three consumers are replaced, one after the other',
  options,
  async (t) => {
    const kafka = await startContainerKafka();
    const { network } = kafka;
    const running: StartedTestContainer[] = [];
    // Before the folder is deleted, in which they write.
    t.after(async () => {
      await Promise.all(running.map((container) => container.stop({ timeout: 0 })));
      await kafka.stop();
    });
    const dataDir = tempDir(t);
    for (const name of ['.', 'inbox', 'processing', 'done', 'failed', 'output']) {
      mkdirSync(join(dataDir, name), { recursive: true });
      // The container's user is another one than ours.
      chmodSync(join(dataDir, name), 0o777);
    }
    const receiver = await startReceiverContainer(network);
    const env = {
      KAFKA_BROKERS: kafka.brokersInside.join(','),
      TOPIC_PREFIX: uniquePrefix(),
      WEBHOOK_URL: receiver.webhookUrl,
    };
    const start = async (role: 'producer' | 'consumer' | 'console') => {
      const container = await startRoleContainer(role, { network, env, dataDir });
      running.push(container);
      return container;
    };
    running.push(receiver.container);
    await Promise.all([start('producer'), start('console')]);
    // Slow enough that some requests are under way at any moment, and that most rows still wait
    // when the containers have been asked how they are, which takes long on a busy machine.
    await receiver.setMode({ mode: 'slow', delayMs: 2_000 });
    const old = await Promise.all([start('consumer'), start('consumer'), start('consumer')]);
    const rows = Array.from({ length: ROWS }, (_, row) => `user-${row % 50},alert ${row}\n`);
    writeFileSync(join(dataDir, 'inbox/a.csv.part'), `user_id,alert_message\n${rows.join('')}`);
    renameSync(join(dataDir, 'inbox/a.csv.part'), join(dataDir, 'inbox/a.csv'));
    await until(async () => (await receiver.stats()).received > ROWS / 20, { everyMs: 50 });

    for (const container of running) {
      const { exitCode, output } = await container.exec(HEALTH);
      assert.equal(exitCode, 0, output);
    }
    const drainedMs: number[] = [];
    for (const one of old) {
      drainedMs.push(await drained(one));
      await start('consumer');
    }
    const { accepted } = await receiver.stats();
    assert.ok(accepted < ROWS, 'all of it was in the middle of the file');

    await receiver.setMode({ mode: 'ok' });
    await until(async () => (await receiver.stats()).distinct === ROWS, { everyMs: 100 });
    const { distinct, duplicates, received } = await receiver.stats();
    const drains = drainedMs.map((ms) => ms.toFixed(0)).join(', ');
    t.diagnostic(
      `rows ${ROWS}, delivered ${distinct}, lost ${ROWS - distinct}, duplicates ${duplicates}; ` +
        `three consumers drained in ${drains} ms, the last one at ${accepted}`,
    );
    assert.equal(duplicates, 0);
    assert.equal(received, ROWS, 'no request was cut off');
  },
);

/** Ends a consumer as Kubernetes does. @returns how long it took, ms */
async function drained(container: StartedTestContainer): Promise<number> {
  const stoppedAt = performance.now();
  const consumer = docker.getById(container.getId());
  await consumer.stop({ t: GRACE_S });
  const tookMs = performance.now() - stoppedAt;
  const { State: state } = await consumer.inspect();
  const said = await consumer.logs({ stdout: true, stderr: true });
  assert.equal(state.ExitCode, 0, `it ended by itself; it said ${said.toString()}`);
  return tookMs;
}
