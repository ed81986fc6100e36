import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../common/base/errors.ts';
import type { RunningKafka } from './running-kafka.ts';

const FILE = join(import.meta.dirname, '../../docker-compose.kafka.yml');
const BROKERS = ['127.0.0.1:9092'];

/**
 * Starts Kafka in a container and waits until it is healthy. A container that ran before stays
 * when we stop.
 *
 * @throws AppError kafka_missing  docker refused; what it said is on the terminal
 */
export async function startComposeKafka(): Promise<RunningKafka> {
  const ranBefore = await isRunning();
  const code = await compose(['up', '--wait', 'kafka']);
  if (code !== 0) {
    throw new AppError(
      'kafka_missing',
      `docker compose could not start Kafka (exit code ${code}, see above). Is port 9092 taken? ` +
        'Then set KAFKA_BROKERS to the Kafka that is there',
    );
  }
  return {
    description: 'the Kafka of docker-compose.kafka.yml',
    brokers: BROKERS,
    pids: [],
    stop: async () => {
      if (!ranBefore) await compose(['stop', 'kafka']);
    },
    kill: () => undefined,
    unref: () => undefined,
  };
}

async function isRunning(): Promise<boolean> {
  const args = ['compose', '-f', FILE, 'ps', '--status', 'running', '--quiet', 'kafka'];
  const { stdout } = await promisify(execFile)('docker', args).catch(() => ({ stdout: '' }));
  return stdout.trim() !== '';
}

/**
 * The command runs in a process group of its own: Ctrl-C reaches us, and we stop the container in
 * our order.
 */
async function compose(args: readonly string[]): Promise<number | null> {
  const docker = spawn('docker', ['compose', '-f', FILE, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const [code] = (await once(docker, 'close')) as [number | null];
  return code;
}
