// Goal: what other programs write into the deliveries topic is delivered once, whatever client
// and codec wrote it, and lies where docs/other-programs.md says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { messageOf } from '../../../common/base/errors.ts';
import { partitionOf } from '../../../common/kafka/produce/partitioner.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { consoleProduce } from '../../support/kafka-tools.ts';
import { ensureVenv } from '../../support/venv.ts';

const CLIENTS = join(import.meta.dirname, '../../clients');
const EXAMPLE = join(import.meta.dirname, '../../../examples/foreign-producer');
const KEYS = Array.from({ length: 20 }, (_, n) => `user-${n}`);
const PARTITIONS = 12;

interface PythonRecord {
  readonly key?: string;
  readonly value?: string;
  /** Bytes of a value that compresses well. */
  readonly size?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `npm ci` throws it away. */
const VENV = join(import.meta.dirname, '../../../node_modules/.cache/confluent-kafka');

/** Writes with confluent-kafka. @returns the partition and offset of each record, in any order */
async function produce(
  { config, names }: DeliverySystem,
  settings: Readonly<Record<string, unknown>>,
  records: readonly PythonRecord[],
) {
  const script = join(CLIENTS, 'produce.py');
  const child = promisify(execFile)(join(VENV, 'bin/python3'), [script], { timeout: 90_000 });
  const servers = { 'bootstrap.servers': config.KAFKA_BROKERS.join(',') };
  const job = { config: { ...servers, ...settings }, topic: names.deliveries, records };
  child.child.stdin?.end(JSON.stringify(job));
  return JSON.parse((await child).stdout) as { partition: number; offset: number }[];
}

/** The same with the example, which is run as its first lines say. @returns what it printed */
async function runExample(
  { config, names }: DeliverySystem,
  alerts: readonly { id: string; user: string; body: unknown }[],
) {
  const args = [join(EXAMPLE, 'produce.py'), config.KAFKA_BROKERS.join(','), names.deliveries];
  const child = promisify(execFile)(join(VENV, 'bin/python3'), args, { timeout: 90_000 });
  child.child.stdin?.end(alerts.map((alert) => JSON.stringify(alert)).join('\n'));
  return (await child).stdout;
}

const skip = await ensureVenv(VENV, join(EXAMPLE, 'requirements.txt')).then(
  () => false,
  (error: unknown) => `no Python with confluent-kafka: ${messageOf(error)}`,
);
test(
  'records of librdkafka and of the Java console producer are delivered',
  { skip },
  async (t) => {
    const env = { PARTITIONS: String(PARTITIONS) };
    const system = await aDeliverySystem(t, env, { keep: 500 });
    const { names, receiver, config } = system;
    const expected: string[] = [];
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
      const ids = KEYS.map((key) => `rdkafka-${codec}-${key}`);
      const records = KEYS.map((key, index) => ({
        ...{ key, value: '{"from":"librdkafka"}' },
        headers: { 'webhook-id': ids[index] as string },
      }));
      const settings = {
        'compression.type': codec,
        'linger.ms': 50,
        partitioner: 'murmur2_random',
      };
      await produce(system, settings, records);
      expected.push(...ids);
    }
    const alerts = KEYS.map((user) => ({ id: `example-${user}`, user, body: { of: 'example' } }));
    const printed = await runExample(system, alerts);
    assert.equal(printed, `20 records are written to ${names.deliveries}\n`);
    expected.push(...alerts.map(({ id }) => id));
    // Without any header, and with the partitioner that librdkafka has unless it is told otherwise.
    const bare = await produce(
      system,
      {},
      KEYS.map((key) => ({ key, value: 'text' })),
    );
    expected.push(...bare.map((at) => `${names.deliveries}-${at.partition}-${at.offset}`));
    await consoleProduce(
      config.KAFKA_BROKERS,
      names.deliveries,
      KEYS.map((key) => ({ key, value: '{"from":"java"}' })),
    );
    // 40 MiB of one letter: a few kilobytes in the log.
    const large = { 'message.max.bytes': 100_000_000, 'compression.type': 'zstd' };
    const [bomb] = await produce(system, large, [{ key: 'user-1', size: 40 * 1024 ** 2 }]);

    const log = (await system.records(names.deliveries)).filter(({ value }) => value !== null);
    const isWhereWeWouldWrite = (from: string) =>
      log
        .filter(({ value }) => String(value).includes(from))
        .map(({ key, partition }) => partition === partitionOf(key ?? '', PARTITIONS));
    assert.deepEqual(isWhereWeWouldWrite('librdkafka'), Array<boolean>(80).fill(true));
    assert.deepEqual(isWhereWeWouldWrite('example'), Array<boolean>(20).fill(true));
    assert.deepEqual(isWhereWeWouldWrite('java'), Array<boolean>(20).fill(true));
    assert.ok(isWhereWeWouldWrite('text').includes(false), 'CRC32 places keys elsewhere');
    const java = log.filter(({ value }) => String(value).includes('java'));
    expected.push(...java.map((at) => `${at.topic}-${at.partition}-${at.offset}`));

    system.start('consumer');
    await untilDrained(system);
    const ids = receiver.deliveries(500).map(({ headers }) => headers['webhook-id']);
    assert.deepEqual(ids.sort(), expected.sort());
    const dead = await system.records(names.deadLetters);
    assert.deepEqual(
      dead.map(({ partition, headers }) => [partition, headers['__dlq.errors.message']]),
      [
        [
          bomb?.partition,
          `the batch of offsets ${bomb?.offset} to ${bomb?.offset} cannot be read ` +
            '(zstd: it would become larger than 33554432 bytes)',
        ],
      ],
    );
  },
);
