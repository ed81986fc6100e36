// `npm test`: every test, on one real Kafka that is started for the run and thrown away after it;
// TEST_KAFKA=container takes it from a container. The container suite runs where Docker answers.
// Words after `--` are test files instead of all of them, or options of node for each, such as
// `npm test -- --test-name-pattern=fence test/integration/kafka/kafka-layer.test.ts`.
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, ConfigError } from '../common/base/errors.ts';
import { createLogger } from '../common/base/logger.ts';
import { FORCED_EXIT_CODE } from '../common/process/run-role.ts';
import { canEmbedHere, findKafka } from '../infra/kafka/find.ts';
import type { RunningKafka } from '../infra/kafka/running-kafka.ts';
import { startContainerKafka } from './support/container-kafka.ts';
import { CONTAINER_TESTS, whyNoContainers } from './support/container-suite.ts';
import { KAFKA_IMAGE } from './support/docker.ts';
import { lanesOf } from './support/lanes.ts';
import { quickJava } from './support/quick-java.ts';
import { runLanes } from './support/run-lanes.ts';

const WITHOUT_CONTAINERS = [
  '{common,producer,consumer,console,receiver,infra,bench}/**/*.test.ts',
  'test/tidy/*.test.ts',
  'test/integration/*/*.test.ts',
  'test/issues/*.test.ts',
];

const USAGE = [
  'Runs the tests on a real Kafka that is started for them.',
  '',
  '  npm test                                          all of them',
  '  npm test -- test/integration/console/*.test.ts    these files',
  '  npm test -- --test-name-pattern=fence FILE        with an option of node --test',
  '  npm run test:tools                                real transfer tools fill the inbox',
  '  npm run test:operations                           alerts, dashboard and chart with their tools',
  '  npm run test:brokers                              brokers of several versions, with TLS and ACLs',
  '  npm run test:registry                             values with a schema, by a real registry',
  '  npm run test:clients                              generated clients call a running system',
].join('\n');
if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
  console.log(USAGE);
  process.exit(0);
}

const { KAFKA_BROKERS = '', TEST_KAFKA = '', ...env } = process.env;
const dataDir = mkdtempSync(join(tmpdir(), 'hookline-test-kafka-'));
const ending = new AbortController();
let isRunning = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The tests end, and we then still clean up.
  process.on(signal, () => (isRunning ? ending.abort() : process.exit(FORCED_EXIT_CODE)));
}

function startKafka(): Promise<RunningKafka> {
  if (TEST_KAFKA === 'container') return startContainerKafka();
  if (TEST_KAFKA !== '') throw new ConfigError([`TEST_KAFKA="${TEST_KAFKA}": allowed: container`]);
  const brokers = KAFKA_BROKERS.split(',').filter((broker) => broker !== '');
  const logger = createLogger('test', 'warn');
  return findKafka({ brokers, dataDir, port: 0, logger }, process.env);
}

/** Every test that can run here; says which Kafka serves which of them. */
async function allFiles(kafka: RunningKafka): Promise<string[]> {
  console.log(
    `test/integration runs on ${kafka.description}; tests that end a broker embed their own.`,
  );
  const why = await whyNoContainers();
  if (why === null) {
    console.log(`test/container runs on ${KAFKA_IMAGE}, in containers of its own.`);
    return [...WITHOUT_CONTAINERS, CONTAINER_TESTS];
  }
  if (env['CI']) throw new AppError('kafka_missing', `test/container cannot run: ${why}`);
  process.once('exit', () => {
    console.log(
      `test/container did not run (${why}). With Docker: npm test -- '${CONTAINER_TESTS}'`,
    );
  });
  return WITHOUT_CONTAINERS;
}

/** Makes the start of a broker cheap; the class archive for it pays only where many start. */
async function quickStarts(areAll: boolean): Promise<NodeJS.ProcessEnv> {
  if (!areAll || !(await canEmbedHere(process.env))) return {};
  return { JDK_JAVA_OPTIONS: await quickJava(dataDir) };
}

function filesOf(pattern: string): string[] {
  const files = globSync(pattern).sort();
  if (files.length === 0) throw new ConfigError([`there is no test file ${pattern}`]);
  return files;
}

try {
  const kafka = await startKafka();
  try {
    const words = process.argv.slice(2);
    const options = words.filter((word) => word.startsWith('-'));
    const named = words.filter((word) => !word.startsWith('-'));
    const patterns = named.length > 0 ? named : await allFiles(kafka);
    const lanes = lanesOf(patterns.flatMap(filesOf));
    isRunning = true;
    const passed = await runLanes(lanes, {
      execArgv: options,
      env: {
        ...env,
        TEST_KAFKA_BROKERS: kafka.brokers.join(','),
        // As at a user's, whose roles start from npm's scripts.
        NODE_COMPILE_CACHE: join(dataDir, 'compiled'),
      },
      quickStarts: await quickStarts(named.length === 0),
      signal: ending.signal,
    });
    process.exitCode = passed ? 0 : 1;
  } finally {
    kafka.kill();
    await kafka.stop();
  }
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
