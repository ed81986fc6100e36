// Files a second that hold one row each, from the inbox to `done/`, and the processor time that the
// producer takes for one; beside another checkout of Hookline, in turns, on one broker:
//   node bench/small-files.ts [--against FOLDER] [--files 2000] [--rounds 2]
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pollUntil } from '../common/base/retry.ts';
import { loadConfigOrExit } from '../common/process/run-role.ts';
import { createLogger } from '../common/base/logger.ts';
import { findKafka } from '../infra/kafka/find.ts';
import { PRODUCER_HEAP } from '../infra/roles.ts';
import { compareCheckouts } from './compare.ts';
import { COMPARE_OPTIONS, countOption, optionsOrExit } from './options.ts';
import { cpuSeconds, startScript } from './process.ts';
import { producerEnv } from './producer-env.ts';

const FIGURES = {
  filesPerSecond: 'files a second',
  cpuMsPerFile: 'producer, processor time of a file, ms',
} as const;
type Figures = Readonly<Record<keyof typeof FIGURES, number>>;

const TIMEOUT_MS = 1_200_000;

const {
  against,
  rounds = 2,
  files = 2_000,
} = optionsOrExit({
  script: 'bench/small-files.ts',
  summary: 'Measures how many files of one row are read a second, and what a file costs.',
  examples: [['--against ../before', 'in turns with another checkout']],
  options: { ...COMPARE_OPTIONS, files: countOption('files of a round') },
});

/** One producer of a checkout, from the moment at which all files lie in its inbox. */
async function measure(root: string, brokers: readonly string[]): Promise<Figures> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  const env = { ...producerEnv(brokers, dataDir), SETTLE_MS: '100' };
  const producer = startScript('producer/main.ts', [], env, PRODUCER_HEAP, root);
  try {
    await producer.firstLine;
    // Elsewhere first: what is measured is not how quickly files are written.
    const source = join(dataDir, 'source');
    const inbox = join(dataDir, 'inbox');
    for (const folder of [source, inbox]) mkdirSync(folder, { recursive: true });
    const names = Array.from({ length: files }, (_, n) => `${String(n).padStart(6, '0')}.csv`);
    for (const [n, name] of names.entries()) {
      writeFileSync(join(source, name), `user_id,alert_message\nuser-${n % 500},alert ${n}\n`);
    }
    const cpuBefore = cpuSeconds(producer.pid);
    const startedAtMs = Date.now();
    for (const name of names) renameSync(join(source, name), join(inbox, name));
    const done = join(dataDir, 'done');
    const deadlineMs = startedAtMs + TIMEOUT_MS;
    const isDone = () => readdirSync(done).length >= files;
    if (!(await pollUntil(isDone, { everyMs: 50, deadlineMs }))) {
      throw new Error('the files are not done in time');
    }
    const filesPerSecond = (1_000 * files) / (Date.now() - startedAtMs);
    const cpuMsPerFile = (1_000 * (cpuSeconds(producer.pid) - cpuBefore)) / files;
    return { filesPerSecond, cpuMsPerFile };
  } finally {
    await producer.end();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
const logger = createLogger('bench', 'warn');
const { KAFKA_BROKERS: brokers } = loadConfigOrExit();
const kafka = await findKafka({ brokers, dataDir, port: 0, logger }, process.env);
try {
  await compareCheckouts({
    ...{ titles: FIGURES, digits: 2, against, rounds },
    measure: (root) => measure(root, kafka.brokers),
  });
} finally {
  await kafka.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
