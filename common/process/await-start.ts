import { pause } from '../base/retry.ts';
import type { Config } from '../config/config.ts';
import { readStartFile } from './run-file.ts';
import { AWAIT_START, START_ID } from './start-id.ts';

const POLL_MS = 20;

/**
 * A role of `npm start` is loaded while Kafka still starts, and waits here until that runs.
 *
 * @returns the settings, with the address of that Kafka
 */
export async function whenStarted(config: Config): Promise<Config> {
  const { [AWAIT_START]: isAwaited, [START_ID]: startId } = process.env;
  if (!isAwaited || !startId) return config;
  for (;;) {
    const run = readStartFile(config.DATA_DIR, startId);
    if (run) return { ...config, KAFKA_BROKERS: run.KAFKA_BROKERS.split(',') };
    await pause(POLL_MS);
  }
}
