import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { loadConfig } from '../../common/config/config.ts';
import { createLogger } from '../../common/base/logger.ts';
import { findKafka } from '../../infra/kafka/find.ts';
import { startContainerKafka } from './container-kafka.ts';

export interface TestBroker {
  readonly brokers: readonly string[];
  readonly uniquePrefix: () => string;
}

let own: Promise<readonly string[]> | undefined;

/**
 * The broker of the test run (TEST_KAFKA_BROKERS), else one for this test process, which ends
 * with it: in a container with TEST_KAFKA=container, else as `npm start` finds one.
 */
export async function useBroker(_t: TestContext): Promise<TestBroker> {
  const given = process.env['TEST_KAFKA_BROKERS'];
  const brokers = given ? given.split(',') : await (own ??= startOwnBroker());
  return { brokers, uniquePrefix };
}

/** Fresh names for each test, so that tests share a broker and nothing on it. */
export function uniquePrefix(): string {
  return `test-${randomBytes(5).toString('hex')}`;
}

/** Settings for `connectKafka` towards the test's broker. */
export function kafkaSettings({ brokers }: Pick<TestBroker, 'brokers'>) {
  return loadConfig({ KAFKA_BROKERS: brokers.join(',') });
}

async function startOwnBroker(): Promise<readonly string[]> {
  if (process.env['TEST_KAFKA'] === 'container') {
    const kafka = await startContainerKafka();
    process.once('exit', () => kafka.removeNow());
    return kafka.brokers;
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'hookline-broker-'));
  const logger = createLogger('test-kafka', 'warn');
  const kafka = await findKafka({ brokers: [], dataDir, port: 0, logger }, process.env);
  kafka.unref();
  process.once('exit', () => {
    kafka.kill();
    // The broker may write its last file while we delete.
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  return kafka.brokers;
}
