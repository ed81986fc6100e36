import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureJars, jarCache } from '../../infra/kafka/jars.ts';

/**
 * A group's lag by topic as Kafka's own ConsumerGroupCommand reads it.
 *
 * @returns null for a topic with a partition that was never committed
 */
export async function lagByKafka(
  brokers: readonly string[],
  group: string,
): Promise<Readonly<Record<string, number | null>>> {
  const jars = await ensureJars(jarCache(process.env));
  const { stdout } = await promisify(execFile)('java', [
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
    '-cp',
    join(jars, '*'),
    'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
    '--bootstrap-server',
    brokers.join(','),
    '--describe',
    '--group',
    group,
  ]);
  const lags: Record<string, number | null> = {};
  for (const line of stdout.split('\n')) {
    const [name, topic, partition, , , lag] = line.trim().split(/\s+/);
    if (name !== group || !topic || !/^\d+$/.test(partition ?? '')) continue;
    const before = lags[topic] === undefined ? 0 : lags[topic];
    lags[topic] = before === null || !/^\d+$/.test(lag ?? '') ? null : before + Number(lag);
  }
  return lags;
}
