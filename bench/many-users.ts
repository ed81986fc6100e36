// Measures what users with keys cost a process and an erasure: the time until all seeds are read,
// the memory that they take, and the time of an erasure, which copies a partition of them:
//   node bench/many-users.ts [--users 1000000] [--partitions 12]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../common/base/logger.ts';
import { loadConfig } from '../common/config/config.ts';
import { ensureTopics } from '../common/kafka/admin/topic-admin.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { createPublisher } from '../common/kafka/produce/publisher.ts';
import { collectGarbage } from '../common/process/collect-garbage.ts';
import { loadConfigOrExit } from '../common/process/run-role.ts';
import { topicNames, topicTable } from '../common/topics/topics.ts';
import { masterKey, nameOf, newSeed } from '../common/user-keys/user-key.ts';
import { LEASE_MS, UserKeys, seedRecord } from '../common/user-keys/user-keys.ts';
import { eraseUser } from '../console/users/erase-user.ts';
import { findKafka } from '../infra/kafka/find.ts';
import { countOption, optionsOrExit } from './options.ts';

const { users = 1_000_000, partitions = 12 } = optionsOrExit({
  script: 'bench/many-users.ts',
  summary: 'Measures what a million users with keys cost a process and an erasure.',
  examples: [['--users 50000', 'a first look']],
  options: {
    users: countOption('users that have a key'),
    partitions: countOption('partitions of the topic'),
  },
});
const AT_ONCE = 20_000;
const MIB = 1024 ** 2;

const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
const logger = createLogger('bench', 'warn');
const brokers = loadConfigOrExit().KAFKA_BROKERS;
const broker = await findKafka({ brokers, dataDir, port: 0, logger }, process.env);
process.once('exit', () => {
  broker.kill();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 });
});
const SECRET_KEY = 'a key of the benchmarks';
const config = loadConfig({
  ...{ KAFKA_BROKERS: broker.brokers.join(','), PARTITIONS: String(partitions) },
  ...{ TOPIC_PREFIX: `bench-${process.pid}`, USER_KEYS: 'on', SECRET_KEY },
});
const names = topicNames(config.TOPIC_PREFIX);
const topic = names.userKeys;
const kafka = connectKafka(config, logger, 'bench');
const table = topicTable(config).filter(({ name }) => name === topic);
await ensureTopics(kafka, table, config.REPLICATION_FACTOR, logger);
const publisher = createPublisher({ kafka, logger });
const master = masterKey(SECRET_KEY);
for (let from = 0; from < users; from += AT_ONCE) {
  const written = Array.from({ length: Math.min(AT_ONCE, users - from) }, (_, n) => {
    const name = nameOf(`user-${from + n}`, master);
    const record = seedRecord({ topic, partitions, master }, name, newSeed());
    return publisher.publish(record, 60_000);
  });
  await Promise.all(written);
}

/** Memory once what is free has been given back, in MiB. */
const mib = async () => {
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await sleep(200);
  }
  const { rss, arrayBuffers, heapUsed } = process.memoryUsage();
  return { rss: rss / MIB, arrayBuffers: arrayBuffers / MIB, heap: heapUsed / MIB };
};
const seconds = (fromMs: number) => Math.round((performance.now() - fromMs) / 100) / 10;
const before = await mib();
const openMs = performance.now();
const cpuBefore = process.cpuUsage();
const onFatal = (error: unknown) => {
  throw error;
};
const userKeys = await UserKeys.open({
  ...{ kafka, publisher, topic, partitions, master, logger, onFatal },
});
const loadS = seconds(openMs);
const { user, system } = process.cpuUsage(cpuBefore);
const after = await mib();
const more = (of: keyof typeof after) => Math.round(after[of] - before[of]);
console.log(`${users.toLocaleString('en')} users in ${partitions} partitions:`);
console.log(`read in ${loadS} s, ${((user + system) / 1e6).toFixed(1)} of a processor`);
console.log(
  `MiB more: ${more('arrayBuffers')} outside of the heap, ${more('heap')} in it, ${more('rss')} resident`,
);
for (const erased of ['user-1', 'user-2', 'user-3']) {
  const eraseMs = performance.now();
  const { partition, deletedBefore } = await eraseUser({ kafka, names, userKeys, logger }, erased);
  const s = Math.round((seconds(eraseMs) - LEASE_MS / 1_000) * 10) / 10;
  console.log(
    `erased in ${s} s and the lease's ${LEASE_MS / 1_000} s: partition ${partition}, ${deletedBefore} records deleted`,
  );
}
await userKeys.close();
await publisher.close();
await broker.stop();
process.exit();
