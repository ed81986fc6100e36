// Measures a consumer's peak memory and its cost of a delivery, while it delivers all that has been
// waiting; beside another checkout of Hookline, in turns, each with the Node of its own `npm ci`:
//   node bench/drain.ts [--against FOLDER] [--rounds 3] [--records 200000]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../common/base/logger.ts';
import { loadConfigOrExit } from '../common/process/run-role.ts';
import { findKafka } from '../infra/kafka/find.ts';
import { compareCheckouts } from './compare.ts';
import { prepareDeliveries } from './deliveries.ts';
import { COMPARE_OPTIONS, countOption, optionsOrExit } from './options.ts';
import { ROOT, cpuSeconds, peakMemoryMiB, startProgram } from './process.ts';
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

const {
  against,
  rounds = 3,
  records = 200_000,
} = optionsOrExit({
  script: 'bench/drain.ts',
  summary: "Measures a consumer's memory and cost of a delivery while it delivers all that waits.",
  examples: [['--against ../before', 'in turns with another checkout']],
  options: { ...COMPARE_OPTIONS, records: countOption('deliveries of a round') },
});

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

// A first run comes before the rounds, because it finds a broker that still compiles.
await drain(ROOT);
await compareCheckouts({
  ...{ titles: FIGURES, digits: 1, measure: drain },
  ...{ against, rounds },
});
await kafka.stop();
process.exit();
