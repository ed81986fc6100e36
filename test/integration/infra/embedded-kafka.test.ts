// Goal: the embedded broker keeps what it was given, through clean and unclean stops, and never
// outlives the process that started it. Each test runs brokers of its own on free ports.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connectKafka } from '../../../common/kafka/client/connection.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { ensureTopics, withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { readTopic } from '../../../common/kafka/consume/follow-topic.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { formatStorage } from '../../../infra/kafka/format-storage.ts';
import { startEmbeddedKafka } from '../../../infra/kafka/embedded.ts';
import { ensureJars, jarCache } from '../../../infra/kafka/jars.ts';
import { probeBrokers } from '../../../infra/kafka/metadata-probe.ts';
import { canEmbedHere } from '../../../infra/kafka/find.ts';
import type { RunningKafka } from '../../../infra/kafka/running-kafka.ts';
import { kafkaSettings } from '../../support/broker.ts';
import { fixedPort } from '../../support/fixed-port.ts';
import { isRunning, pidsWith } from '../../support/processes.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const logger = createLogger('test', 'silent');
const EMBEDDED_URL = new URL('../../../infra/kafka/embedded.ts', import.meta.url).href;
const LOGGER_URL = new URL('../../../common/base/logger.ts', import.meta.url).href;
const TOPIC = 'kept';
const skip = (await canEmbedHere(process.env)) ? false : 'needs Java 17 or newer and Maven';
const options = { timeout: 120_000, skip };

async function start(t: TestContext, dataDir: string): Promise<RunningKafka> {
  const kafka = await startEmbeddedKafka({ dataDir, port: 0, logger });
  t.after(() => kafka.kill());
  return kafka;
}

async function write(broker: RunningKafka, values: readonly string[]): Promise<void> {
  const kafka = connectKafka(kafkaSettings(broker), logger, 'test-writer');
  await ensureTopics(kafka, [{ name: TOPIC, partitions: 1, settings: {} }], 1, logger);
  const publisher = createPublisher({ kafka, logger });
  const record = { topic: TOPIC, partition: 0, key: null, headers: {} };
  for (const value of values) await publisher.publish({ ...record, value }, 20_000);
  await publisher.close();
}

async function readAll(broker: RunningKafka): Promise<string[]> {
  const kafka = connectKafka(kafkaSettings(broker), logger, 'test-reader');
  const values: string[] = [];
  const reader = await readTopic({
    kafka,
    topic: TOPIC,
    logger,
    onRecord: ({ value }) => values.push(String(value)),
    onFatal: (error) => assert.fail(String(error)),
  });
  await reader.caughtUp();
  await reader.close();
  return values;
}

/** Starts on a folder as it was made when all of them had the same cluster id. */
async function startOfEarlierVersion(t: TestContext, dataDir: string, port: number) {
  const java = { command: 'java', jars: await ensureJars(jarCache(process.env)) };
  const node = { id: 1, dir: join(dataDir, 'kafka/node-1'), port, controllerPort: port + 1 };
  const clusterId = Buffer.from('hookline-cluster').toString('base64url');
  await formatStorage(java, node, [node], '127.0.0.1', clusterId);
  const kafka = await startEmbeddedKafka({ dataDir, port, logger });
  t.after(() => kafka.kill());
  return kafka;
}

test('records are kept between starts, and a clean stop leaves no process', options, async (t) => {
  const dataDir = tempDir(t);
  const first = await start(t, dataDir);
  await write(first, ['a', 'b']);
  await first.stop();
  await until(() => pidsWith(dataDir).length === 0, { timeoutMs: 5_000 });

  const second = await start(t, dataDir);
  assert.deepEqual(await readAll(second), ['a', 'b']);
  await second.stop();
});

test('acknowledged records survive kill -9 and a new start', options, async (t) => {
  const dataDir = tempDir(t);
  const first = await start(t, dataDir);
  await write(first, ['a', 'b', 'c']);
  first.kill();
  await until(() => pidsWith(dataDir).length === 0, { timeoutMs: 5_000 });

  const second = await start(t, dataDir);
  assert.deepEqual(await readAll(second), ['a', 'b', 'c']);
  await second.stop();
});

test('a broker that is killed is started again at its address', options, async (t) => {
  const broker = await start(t, tempDir(t));
  await write(broker, ['a']);
  const [pid] = broker.pids as [number];
  process.kill(pid, 'SIGKILL');
  await until(() => broker.pids.length === 1 && broker.pids[0] !== pid);
  const [address] = broker.brokers as [string];
  await until(async () => (await probeBrokers(address, 1_000)) === 1);
  assert.deepEqual(await readAll(broker), ['a']);
  await broker.stop();
});

test('another port is taken, and said, when the own one is in use', options, async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  t.after(() => blocker.close());
  const { port } = blocker.address() as AddressInfo;
  const said: string[] = [];
  const talking = createLogger('test', 'silent');
  talking.warn = (text: unknown) => void said.push(String(text));

  const broker = await startEmbeddedKafka({ dataDir: tempDir(t), port, logger: talking });
  t.after(() => broker.kill());
  const [address] = broker.brokers as [string];
  assert.notEqual(address, `127.0.0.1:${port}`);
  assert.equal(await probeBrokers(address, 2_000), 1);
  assert.match(said.join('\n'), new RegExp(`${port} is taken.*${address.split(':')[1]}`));
  await broker.stop();
});

test(
  'two starts at one moment that want the same port each have a broker of their own',
  { ...options, timeout: 300_000 },
  async (t) => {
    for (let round = 1; round <= 2; round += 1) {
      const port = await fixedPort('127.0.0.1');
      const brokers = await Promise.all(
        ['a', 'b'].map(async (name) => {
          const broker = await startEmbeddedKafka({ dataDir: tempDir(t), port, logger });
          t.after(() => broker.kill());
          const kafka = connectKafka(kafkaSettings(broker), logger, `test-${name}`);
          await ensureTopics(kafka, [{ name, partitions: 1, settings: {} }], 1, logger);
          return { name, broker, kafka };
        }),
      );
      for (const { name, kafka } of brokers) {
        assert.deepEqual(await withAdmin(kafka, (admin) => admin.listTopics()), [name]);
      }
      for (const { broker } of brokers) broker.kill();
    }
  },
);

test(
  'a Kafka with the cluster id of the folder that takes the port meanwhile is not taken for ours',
  options,
  async (t) => {
    const stranger = await startOfEarlierVersion(t, tempDir(t), await fixedPort('127.0.0.1'));
    const [theirs] = stranger.brokers as [string];
    const port = await fixedPort('127.0.0.1');
    const dataDir = tempDir(t);
    const starting = startOfEarlierVersion(t, dataDir, port);
    await until(() => existsSync(join(dataDir, 'kafka/node-1/kafka.log')));
    const taken = createServer((socket) => {
      const toStranger = connect(Number(theirs.split(':')[1]), '127.0.0.1');
      socket.on('error', () => toStranger.destroy());
      toStranger.on('error', () => socket.destroy());
      socket.pipe(toStranger).pipe(socket);
    }).listen(port, '127.0.0.1');
    await once(taken, 'listening');
    t.after(() => taken.close());
    const broker = await starting;
    assert.notEqual(broker.brokers[0], `127.0.0.1:${port}`);
    await write(broker, ['a']);
    assert.deepEqual(await readAll(broker), ['a']);
    const kafka = connectKafka(kafkaSettings(stranger), logger, 'test-stranger');
    assert.deepEqual(await withAdmin(kafka, (admin) => admin.listTopics()), []);
  },
);

test('a second start on one folder is refused and the first goes on', options, async (t) => {
  const dataDir = tempDir(t);
  const first = await start(t, dataDir);
  await assert.rejects(startEmbeddedKafka({ dataDir, port: 0, logger }), {
    code: 'kafka_missing',
    message: /Another process runs Kafka on .*node-1/,
  });
  await write(first, ['a']);
  assert.deepEqual(await readAll(first), ['a']);
  await first.stop();
});

test('two starts at once on a new folder: one serves, one is refused', options, async (t) => {
  const dataDir = tempDir(t);
  const starts = await Promise.allSettled([start(t, dataDir), start(t, dataDir)]);
  const states = starts.map(({ status }) => status).sort();
  assert.deepEqual(states, ['fulfilled', 'rejected']);
});

test('kill -9 of the starting process leaves no broker behind', options, async (t) => {
  const dataDir = tempDir(t);
  const script = `
    import { startEmbeddedKafka } from '${EMBEDDED_URL}';
    import { createLogger } from '${LOGGER_URL}';
    const logger = createLogger('owner', 'silent');
    await startEmbeddedKafka({ dataDir: '${dataDir}', port: 0, logger });
    console.log('ready');`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => owner.kill('SIGKILL'));
  for await (const line of createInterface({ input: owner.stdout })) {
    if (line === 'ready') break;
  }
  const brokerPids = pidsWith(dataDir).filter((pid) => pid !== owner.pid);
  assert.ok(brokerPids.length >= 1, 'the broker runs');
  owner.kill('SIGKILL');
  await until(() => !brokerPids.some(isRunning), { timeoutMs: 20_000 });
  assert.deepEqual(pidsWith(dataDir), []);
});

test('three nodes hold three copies and serve on after the loss of one', options, async (t) => {
  const broker = await startEmbeddedKafka({ dataDir: tempDir(t), port: 0, nodes: 3, logger });
  t.after(() => broker.kill());
  const kafka = connectKafka(kafkaSettings(broker), logger, 'test-three');
  await ensureTopics(kafka, [{ name: TOPIC, partitions: 3, settings: {} }], 3, logger);
  const publisher = createPublisher({ kafka, logger });
  const record = { topic: TOPIC, key: null, headers: {}, value: 'x' };
  process.kill(broker.pids[0] as number, 'SIGKILL');
  for (const partition of [0, 1, 2]) await publisher.publish({ ...record, partition }, 60_000);
  await publisher.close();
  assert.equal((await readAll(broker)).length >= 3, true);
  await broker.stop();
});
