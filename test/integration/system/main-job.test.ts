// The main job: a file dropped in the folder, every row once at the receiver.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { canEmbedHere } from '../../../infra/kafka/find.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import { lagByKafka } from '../../support/kafka-tools.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const ROWS = 100_000;
const USERS = 5_000;
const GENERATE = join(import.meta.dirname, '../../../infra/tools/generate.ts');

test('100,000 rows of 5,000 users arrive once each, and the lag is 0', async (t) => {
  const dataDir = tempDir(t);
  const system = await aDeliverySystem(t, { PARTITIONS: '12', DATA_DIR: dataDir, PORT: '0' });
  const inbox = join(dataDir, 'inbox');
  await mkdir(inbox, { recursive: true });
  const args = ['--rows', String(ROWS), '--users', String(USERS), '--out', join(inbox, 'a.csv')];
  await promisify(execFile)(process.execPath, [GENERATE, ...args]);

  system.start('producer');
  system.start('consumer');
  const { receiver, names, config } = system;
  await until(() => receiver.stats().distinct === ROWS, {
    timeoutMs: 120_000,
    describe: () => receiver.stats(),
  });
  await untilDrained(system);
  const { duplicates, refused } = receiver.stats();
  assert.deepEqual({ duplicates, refused }, { duplicates: 0, refused: {} });
  await until(() => existsSync(join(dataDir, 'done', 'a.csv')));

  const records = await system.records(names.bulkDeliveries);
  assert.equal(records.length, ROWS);
  const partitionsOf = new Map<string, Set<number>>();
  for (const { key, partition } of records) {
    const seen = partitionsOf.get(String(key)) ?? new Set();
    partitionsOf.set(String(key), seen.add(partition));
  }
  assert.equal(partitionsOf.size, USERS);
  assert.ok([...partitionsOf.values()].every((partitions) => partitions.size === 1));

  if (!(await canEmbedHere(process.env))) {
    t.diagnostic("not checked by Kafka's own tool: Java and Maven are not here");
    return;
  }
  const lags = await lagByKafka(config.KAFKA_BROKERS, names.deliveryGroup);
  for (const lane of names.lanes) assert.ok(lane in lags);
  assert.deepEqual(new Set(Object.values(lags)), new Set([0]), JSON.stringify(lags));
});
