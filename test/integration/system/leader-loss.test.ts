// Three brokers with three copies of everything. The leader of a partition is killed while a file
// is read and requests are accepted, and the coordinator of a group while it delivers; nothing is
// lost, as the topics themselves show.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerConnections } from '../../../common/kafka/client/broker-connections.ts';
import { GroupCoordinators } from '../../../common/kafka/client/group-coordinators.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { ensureTopics, withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { startEmbeddedKafka } from '../../../infra/kafka/embedded.ts';
import { canEmbedHere } from '../../../infra/kafka/find.ts';
import { probeBrokers } from '../../../infra/kafka/metadata-probe.ts';
import type { RunningKafka } from '../../../infra/kafka/running-kafka.ts';
import { freePort } from '../../../infra/process/ports.ts';
import { idOf } from '../../support/chaos/acceptances.ts';
import { AT_RISK_MAX } from '../../support/chaos/events.ts';
import { supervise } from '../../support/supervised.ts';
import { CONCURRENCY, crashes, evictions } from '../../support/chaos/world.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { readAll, record } from '../../support/fresh-topic.ts';
import { until } from '../../support/until.ts';

const NODES = 3;
/** Each node leads some; every further partition is held three times, and polled all the time. */
const FEW_TOPICS = { PARTITIONS: '4', RETRY_SCHEDULE: '200ms' };
const FILE_ROWS = 30_000;
const ROWS = 4_000;
const skip = (await canEmbedHere(process.env)) ? false : 'needs Java 17 or newer and Maven';
const options = { timeout: 180_000 };
const logger = createLogger('test', 'silent');

describe('the leader of a partition is killed', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-cluster-'));
  let cluster: RunningKafka;
  before(async () => {
    cluster = await startEmbeddedKafka({ dataDir: folder, port: 0, logger, nodes: NODES });
  });
  after(async () => {
    cluster.kill();
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function aReplicatedSystem(t: TestContext, env: Record<string, string> = {}) {
    return aDeliverySystem(t, {
      KAFKA_BROKERS: cluster.brokers.join(','),
      REPLICATION_FACTOR: String(NODES),
      CONCURRENCY: String(CONCURRENCY),
      ...FEW_TOPICS,
      ...env,
    });
  }

  async function leaderOf({ kafka, names }: DeliverySystem): Promise<number | undefined> {
    const topics = [names.deliveries];
    const metadata = await withAdmin(kafka, (admin) => admin.fetchTopicMetadata({ topics }));
    return metadata.topics[0]?.partitions.find(({ partitionId }) => partitionId === 0)?.leader;
  }

  /** Which node knows who is in the group that delivers. */
  async function coordinatorOf(t: TestContext, { kafka, names }: DeliverySystem) {
    const connections = new BrokerConnections(kafka);
    t.after(() => connections.close());
    const { answer } = await new GroupCoordinators(connections).ask(
      names.deliveryGroup,
      ({ connectionPool }) => Promise.resolve({ answer: connectionPool, errorCodes: [] }),
      10_000,
    );
    return cluster.brokers.indexOf(`${answer.host}:${answer.port}`) + 1;
  }

  /** Kills a node and waits until another leads. @returns waits until all nodes are back */
  async function kill(t: TestContext, system: DeliverySystem, node: number | undefined) {
    assert.ok(node !== undefined && cluster.pids.length === NODES);
    process.kill(cluster.pids[node - 1] as number, 'SIGKILL');
    const next = () => leaderOf(system).catch(() => undefined);
    await until(async () => ![node, undefined, -1].includes(await next()));
    t.diagnostic(`node ${node} killed, node ${await next()} leads`);
    return async () => {
      const alive = () => Promise.all(cluster.brokers.map((one) => probeBrokers(one, 2_000)));
      const isWhole = async () => (await alive()).every((count) => count === NODES);
      await until(isWhole, { timeoutMs: 60_000, everyMs: 200 });
    };
  }

  test('while a file is read and requests are accepted: each is there', options, async (t) => {
    const system = await aReplicatedSystem(t, { SETTLE_MS: '50' });
    const { DATA_DIR: dataDir } = system.config;
    const PORT = String(await freePort('127.0.0.1'));
    const producer = supervise(() => system.start('producer', { PORT }));
    const accepted = sendOn(`http://127.0.0.1:${PORT}/send`);
    t.after(() => accepted.stop());
    await until(() => accepted.ids.size > 100);
    const leader = await leaderOf(system);
    const numbered = await publishOn(t, system);
    dropFile(join(dataDir, 'inbox'), FILE_ROWS);
    await until(() => producer.output().includes('file.reading'), { everyMs: 5 });
    const back = await kill(t, system, leader);
    assert.ok(!producer.output().includes('file.done'), 'killed in the middle of the file');
    const before = accepted.ids.size;
    await until(() => accepted.ids.size > before + 100, { describe: producer.output });
    const isDone = () => existsSync(join(dataDir, 'done', 'a.csv'));
    await until(isDone, { timeoutMs: 120_000, describe: producer.output });
    await accepted.stop();
    await numbered.stop();
    await back();

    const inOrder = await numbered.read();
    assert.deepEqual(
      inOrder.map(({ length }) => length),
      numbered.counts(),
    );
    for (const values of inOrder) {
      assert.deepEqual(
        values,
        Array.from(values, (_, n) => `v${n}`),
        'each once, in order',
      );
    }
    const lanes = await Promise.all(system.names.lanes.map((topic) => system.records(topic)));
    const ids = lanes.flat().map(({ headers }) => idOf(headers));
    const written = new Set(ids);
    const lost = [...accepted.ids].filter((id) => !written.has(id));
    const rows = ids.filter((id) => /-\d{10}$/.test(id));
    t.diagnostic(`${FILE_ROWS} rows, ${rows.length} written; ${accepted.ids.size} accepted`);
    assert.deepEqual(lost, []);
    assert.deepEqual([rows.length, new Set(rows).size], [FILE_ROWS, FILE_ROWS], 'each row once');
  });

  test('while deliveries are made, in both orderings: each arrives', options, async (t) => {
    const systems = await Promise.all(
      ['none', 'key'].map((ORDERING) => aReplicatedSystem(t, { ORDERING })),
    );
    const [first] = systems as [DeliverySystem];
    const running = await Promise.all(
      systems.map(async (system) => {
        system.receiver.setMode({ mode: 'slow', delayMs: 40 });
        const consumers = [1, 2].map(() => supervise(() => system.start('consumer')));
        // A first join that is broken off is begun again; who is a member stays the one it is.
        const isGroup = async () =>
          (await system.shares().catch(() => [])).length === consumers.length;
        await until(isGroup, { timeoutMs: 60_000 });
        await system.produce(ROWS, 500);
        await until(() => system.receiver.stats().accepted > 500, { timeoutMs: 90_000 });
        return { system, consumers };
      }),
    );
    // It leads partitions, too.
    const back = await kill(t, first, await coordinatorOf(t, first));
    for (const { receiver } of systems) {
      assert.ok(receiver.stats().accepted < ROWS, 'killed in the middle');
    }
    await Promise.all(systems.map((system) => untilDrained(system, 120_000)));
    await back();

    for (const { system, consumers } of running) {
      const { ORDERING } = system.config;
      const { distinct, duplicates, orderViolations } = system.receiver.stats();
      const lapses = consumers.map((one) => one.crashes + evictions(one.output()));
      const allowed = lapses.reduce((sum, count) => sum + count, 0) * AT_RISK_MAX;
      t.diagnostic(
        `ORDERING=${ORDERING}: ${ROWS} published, ${distinct} delivered, ` +
          `${ROWS - distinct} lost, ${duplicates} repeats of ${allowed} allowed`,
      );
      assert.equal(distinct, ROWS);
      assert.ok(duplicates <= allowed, `${duplicates} repeats`);
      // A repeat of an earlier one may come after a later one.
      if (ORDERING === 'key') assert.ok(orderViolations <= duplicates);
      for (const { output } of consumers) {
        assert.deepEqual(crashes(output()), [], 'it stays the member it is');
        assert.ok(!output().includes('partition.offset-gone'), 'no offset seems to be gone');
      }
    }
  });
});

function dropFile(inbox: string, rows: number): void {
  mkdirSync(inbox, { recursive: true });
  const lines = Array.from({ length: rows }, (_, row) => `user-${row % 500},row ${row}\n`);
  const path = join(inbox, 'a.csv');
  writeFileSync(`${path}.part`, `user_id,alert_message\n${lines.join('')}`);
  renameSync(`${path}.part`, path);
}

/** Sends until stopped. @returns `ids`: what was answered with 202 */
function sendOn(url: string): { readonly ids: ReadonlySet<string>; stop(): Promise<void> } {
  const ids = new Set<string>();
  let isStopped = false;
  async function send(user: number): Promise<void> {
    while (!isStopped) {
      const body = JSON.stringify({ user_id: `sender-${user}`, data: {} });
      const signal = AbortSignal.timeout(30_000);
      const answer = await fetch(url, { method: 'POST', body, signal }).catch(() => null);
      if (answer?.status === 202) ids.add(((await answer.json()) as { id: string }).id);
      await sleep(50);
    }
  }
  const sending = Promise.all(Array.from({ length: 12 }, (_, user) => send(user)));
  return {
    ids,
    async stop() {
      isStopped = true;
      await sending;
    },
  };
}

/** Numbers the records of three partitions, each led by another node, until stopped. */
async function publishOn(t: TestContext, { kafka, names }: DeliverySystem) {
  const name = `${names.deliveries}-numbered`;
  const partitions = Array.from({ length: NODES }, (_, partition) => partition);
  await ensureTopics(kafka, [{ name, partitions: NODES, settings: {} }], NODES, logger);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close(0));
  const written: Promise<void>[][] = partitions.map(() => []);
  let isStopped = false;
  const publishing = Promise.all(
    partitions.map(async (partition) => {
      const all = written[partition] ?? [];
      while (!isStopped) {
        all.push(publisher.publish(record(name, partition, all.length), Infinity));
        await sleep(1);
      }
    }),
  );
  return {
    async stop() {
      isStopped = true;
      await publishing;
      await Promise.all(written.flat());
    },
    counts: () => written.map(({ length }) => length),
    async read() {
      const all = await readAll(t, kafka, name);
      return partitions.map((partition) =>
        all.filter((one) => one.partition === partition).map(({ value }) => value),
      );
    },
  };
}
