// `npm run bench`: the benchmarks, as ratios of two figures of one run, because machines differ
// and other processes share them.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfigOrExit } from '../common/run-role.ts';
import { createLogger } from '../common/logger.ts';
import { findKafka } from '../infra/kafka/find.ts';
import { measureDeliveries } from './deliveries.ts';
import type { DeliveryResult, DeliveryRun } from './deliveries.ts';

const secret = `whsec_${randomBytes(24).toString('base64')}`;
const RUNS: readonly DeliveryRun[] = [
  { name: 'deliveries, unsigned', records: 200_000, env: {} },
  { name: 'deliveries, signed', records: 200_000, env: { WEBHOOK_SECRET: secret } },
  { name: 'deliveries, ORDERING=key', records: 200_000, env: { ORDERING: 'key' } },
  { name: 'the naive consumer', records: 3_000, env: {}, isNaive: true },
];

// A word after `--` runs only what has it in its name.
const [only = ''] = process.argv.slice(2);

const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
const kafka = await findKafka(
  {
    brokers: loadConfigOrExit().KAFKA_BROKERS,
    dataDir,
    port: 0,
    logger: createLogger('bench', 'warn'),
  },
  process.env,
);
try {
  const results: DeliveryResult[] = [];
  for (const run of RUNS.filter(({ name }) => name.includes(only))) {
    process.stderr.write(`… ${run.name}\n`);
    results.push(await measureDeliveries(kafka.brokers, run));
  }
  print(results);
} finally {
  await kafka.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit();

function print(results: readonly DeliveryResult[]): void {
  console.table(
    Object.fromEntries(
      results.map((result) => [
        result.name,
        {
          'per second': result.perSecond,
          'bare loop': result.barePerSecond,
          ratio: Number(result.ratio.toFixed(2)),
          'consumer CPU s / 100k': Number(result.consumerCpu.toFixed(2)),
          'receiver CPU s / 100k': Number(result.receiverCpu.toFixed(2)),
          duplicates: result.duplicates,
        },
      ]),
    ),
  );
}
