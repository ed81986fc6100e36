// `npm test`: every test, on one real Kafka that is started for the run and thrown away after it.
// Words after `--` are test files instead of all of them, or options of the test runner, such as
// `npm test -- --test-name-pattern=fence test/integration/kafka-layer.test.ts`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../common/errors.ts';
import { createLogger } from '../common/logger.ts';
import { FORCED_EXIT_CODE } from '../common/run-role.ts';
import { findKafka } from '../infra/kafka/find.ts';

const ALL = [
  '{common,producer,consumer,console,receiver,infra,bench}/**/*.test.ts',
  'test/tidy/*.test.ts',
  'test/integration/*.test.ts',
];
const RUNNER = [
  '--test',
  // Integration tests measure rates and kill processes: one file at a time.
  '--test-concurrency=1',
  // No test may hang the run for ever; this is for a whole file.
  '--test-timeout=600000',
];

const { KAFKA_BROKERS = '', ...env } = process.env;
const dataDir = mkdtempSync(join(tmpdir(), 'hookline-test-kafka-'));
let runner: ReturnType<typeof spawn> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The runner ends, and we then still clean up.
  process.on(signal, () => (runner ? runner.kill(signal) : process.exit(FORCED_EXIT_CODE)));
}

try {
  const kafka = await findKafka(
    {
      brokers: KAFKA_BROKERS.split(',').filter((broker) => broker !== ''),
      dataDir,
      port: 0,
      logger: createLogger('test', 'warn'),
    },
    process.env,
  );
  const words = process.argv.slice(2);
  const options = words.filter((word) => word.startsWith('-'));
  const files = words.filter((word) => !word.startsWith('-'));
  runner = spawn(process.execPath, [...RUNNER, ...options, ...(files.length > 0 ? files : ALL)], {
    stdio: 'inherit',
    env: { ...env, TEST_KAFKA_BROKERS: kafka.brokers.join(',') },
  });
  const [code] = (await once(runner, 'close')) as [number | null];
  process.exitCode = code ?? 1;
  kafka.kill();
  await kafka.stop();
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
