import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import { startEmbeddedKafka } from '../../infra/kafka/embedded.ts';
import type { RunningKafka } from '../../infra/kafka/running-kafka.ts';
import { isPortFree } from '../../infra/process/ports.ts';
import { fixedPort } from './fixed-port.ts';
import { portHolders } from './processes.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

const HOST = '127.0.0.1';

/** A broker of a test's own, which can go away and come back at its address with its data. */
export interface OwnBroker {
  readonly address: string;
  /** Holds a folder for each partition, with the segments of its log. */
  readonly logDir: string;
  /** Ends it, with `kill -9` or in order; resolves when none of its sockets is left. */
  end(how: 'kill' | 'stop'): Promise<void>;
  /** Starts it again at its address. */
  start(): Promise<void>;
}

/** @throws AppError kafka_missing  as `startEmbeddedKafka` does */
export async function ownBroker(t: TestContext): Promise<OwnBroker> {
  let running: RunningKafka | undefined;
  // The broker ends before its folder is deleted.
  t.after(() => running?.kill());
  const dataDir = tempDir(t);
  const logger = createLogger('test-kafka', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  const start = (port: number): Promise<RunningKafka> =>
    startEmbeddedKafka({ dataDir, port, logger });
  running = await start(await fixedPort(HOST));
  const [address] = running.brokers as [string];
  const port = Number(address.split(':')[1]);
  // The port of the controller is the next one.
  const isFree = async () => (await isPortFree(HOST, port)) && (await isPortFree(HOST, port + 1));
  return {
    address,
    logDir: join(dataDir, 'kafka/node-1/log'),
    async end(how) {
      if (how === 'kill') running?.kill();
      // After a kill too: it waits until the last thread has gone, and its sockets with it.
      await running?.stop();
    },
    async start() {
      await until(isFree, { describe: () => [port, port + 1].flatMap(portHolders) });
      running = await start(port);
      if (running.brokers[0] === address) return;
      throw new Error(`${address} was taken meanwhile: ${portHolders(port).join()}`);
    },
  };
}
