// Measures a consumer's peak memory and its cost of a delivery, while it delivers all that has been
// waiting; beside another checkout of Hookline, in turns, each with the Node of its own `npm ci`:
//   node bench/drain.ts [--against FOLDER] [--rounds 3] [--records 200000]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLogger } from '../common/base/logger.ts';
import { loadConfigOrExit } from '../common/process/run-role.ts';
import { findKafka } from '../infra/kafka/find.ts';
import { prepareDeliveries } from './deliveries.ts';
import { ROOT, cpuSeconds, peakMemoryMiB, startProgram } from './process.ts';
import { quantile } from './statistics.ts';
import { delivered } from './windows.ts';

const FIGURES = {
  peakMiB: 'most memory, MiB',
  cpuMicros: 'consumer, processor time of a delivery, µs',
  brokerMicros: 'broker, processor time of a delivery, µs',
} as const;
type Figures = Readonly<Record<keyof typeof FIGURES, number>>;

interface Package {
  readonly scripts: { readonly consumer: string };
}

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    records: { type: 'string', default: '200000' },
  },
});
const records = Number(values.records);

const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
const logger = createLogger('bench', 'warn');
const brokers = loadConfigOrExit().KAFKA_BROKERS;
const kafka = await findKafka({ brokers, dataDir, port: 0, logger }, process.env);
process.once('exit', () => {
  kafka.kill();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 });
});

/** The consumer of a checkout delivers all, from its start on. */
async function drain(root: string): Promise<Figures> {
  const brokerPid = kafka.pids[0] ?? null;
  const prepared = await prepareDeliveries(kafka.brokers, { records, env: {} });
  const { target, receiverUrl, env, remove } = prepared;
  const brokerBefore = cpuSeconds(brokerPid);
  // As the checkout itself starts it, with its own Node and its own flags; each line is an `exec`.
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Package;
  const line = `cd "$0" && PATH="$0/node_modules/.bin:$PATH" && ${scripts.consumer}`;
  const consumer = startProgram('/bin/sh', ['-c', line, root], env);
  try {
    await delivered(receiverUrl, records);
    const micros = (seconds: number) => (seconds / records) * 1e6;
    return {
      peakMiB: peakMemoryMiB(consumer.pid),
      cpuMicros: micros(cpuSeconds(consumer.pid)),
      brokerMicros: micros(cpuSeconds(brokerPid) - brokerBefore),
    };
  } finally {
    await consumer.end();
    await target.end();
    remove();
  }
}

const roots = values.against === undefined ? [ROOT] : [values.against, ROOT];
const results = new Map<string, Figures[]>(roots.map((root) => [root, []]));
// Before the rounds: the first one finds a broker that still compiles.
await drain(ROOT);
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const root of round % 2 === 0 ? roots : roots.toReversed()) {
    const figures = await drain(root);
    results.get(root)?.push(figures);
    console.error(root, figures);
  }
}
const median = (root: string, name: keyof Figures) =>
  quantile(
    (results.get(root) ?? []).map((figures) => figures[name]),
    0.5,
  );
const rows = Object.entries(FIGURES).map(([key, title]) => {
  const name = key as keyof Figures;
  const ours = median(ROOT, name);
  if (values.against === undefined) return [title, { ours: ours.toFixed(1) }];
  const other = median(values.against, name);
  const ratio = (ours / other).toFixed(2);
  return [title, { ours: ours.toFixed(1), other: other.toFixed(1), ratio }];
});
console.table(Object.fromEntries(rows));
await kafka.stop();
process.exit();
