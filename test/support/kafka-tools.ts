import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureJars, jarCache } from '../../infra/kafka/jars.ts';

/** Kafka's own tools, by what an operator types. */
const TOOLS = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
} as const;

/**
 * Runs one of Kafka's own tools as an operator would.
 *
 * @returns what it prints
 * @throws  it ends with an exit code other than 0
 */
export async function runKafkaTool(
  brokers: readonly string[],
  tool: keyof typeof TOOLS,
  ...args: readonly string[]
): Promise<string> {
  const jars = await ensureJars(jarCache(process.env));
  // The fastest start, as most of what they do is to start.
  const flags = ['-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
  const server = ['--bootstrap-server', brokers.join(',')];
  const command = [...flags, '-cp', join(jars, '*'), TOOLS[tool], ...server, ...args];
  return (await promisify(execFile)('java', command)).stdout;
}

/** A record as the console producer takes it; without tabs, commas and line ends. */
export interface ConsoleRecord {
  readonly key: string;
  readonly value: string;
  /** Default: the record has none, as with the tool's own settings. */
  readonly id?: string;
}

/**
 * Writes records with Kafka's own kafka-console-producer, which is Java's client.
 *
 * @param options of the tool beside those for the topic
 */
export async function consoleProduce(
  brokers: readonly string[],
  topic: string,
  records: readonly ConsoleRecord[],
  options: readonly string[] = [],
): Promise<void> {
  const jars = await ensureJars(jarCache(process.env));
  const hasHeaders = records.every(({ id }) => id !== undefined);
  const java = promisify(execFile)('java', [
    ...['-Xmx256m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', join(jars, '*')],
    'org.apache.kafka.tools.ConsoleProducer',
    ...['--bootstrap-server', brokers.join(','), '--topic', topic, ...options],
    ...['--reader-property', 'parse.key=true'],
    ...(hasHeaders ? ['--reader-property', 'parse.headers=true'] : []),
  ]);
  const line = ({ id, key, value }: ConsoleRecord) =>
    [...(hasHeaders ? [`webhook-id:${id}`] : []), key, value].join('\t');
  java.child.stdin?.end(records.map((record) => `${line(record)}\n`).join(''));
  const { stderr } = await java;
  // A record that cannot be written is only reported, and the exit code is 0.
  if (/ERROR|Exception/.test(stderr)) throw new Error(stderr);
}

/**
 * A group's lag by topic as Kafka's own ConsumerGroupCommand reads it.
 *
 * @returns null for a topic with a partition that was never committed
 */
export async function lagByKafka(
  brokers: readonly string[],
  group: string,
): Promise<Readonly<Record<string, number | null>>> {
  const describe = ['--describe', '--group', group];
  const stdout = await runKafkaTool(brokers, 'kafka-consumer-groups', ...describe);
  const lags: Record<string, number | null> = {};
  for (const line of stdout.split('\n')) {
    const [name, topic, partition, , , lag] = line.trim().split(/\s+/);
    if (name !== group || !topic || !/^\d+$/.test(partition ?? '')) continue;
    const before = lags[topic] === undefined ? 0 : lags[topic];
    lags[topic] = before === null || !/^\d+$/.test(lag ?? '') ? null : before + Number(lag);
  }
  return lags;
}
