// From Kafka's acknowledgement to the receiver, delivery by delivery, at a modest rate.
// `npm run bench` runs it.
import { randomBytes } from 'node:crypto';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../common/config/config.ts';
import { HEADER } from '../common/model/delivery.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { partitionOf } from '../common/kafka/produce/partitioner.ts';
import { createPublisher } from '../common/kafka/produce/publisher.ts';
import { createLogger } from '../common/base/logger.ts';
import { topicNames } from '../common/topics/topics.ts';
import { fillTopic } from './fill-topic.ts';
import { ROOT, startScript } from './process.ts';
import { quantile, sum } from './statistics.ts';
import type { Trace } from './trace-consumer.ts';

export interface LatencyRun {
  readonly ratePerSecond: number;
  readonly count: number;
}

export interface Latency {
  /** Time from the acknowledgement to the request at the receiver, in ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of the mean time from publishing to the answer. */
  readonly share: number;
}

/** Times of one delivery, ms since 1970 with fractions. */
interface Times {
  published: number;
  acknowledged: number;
  received: number;
}

/** Compiled and connected by then. */
const WARM_UP_SHARE = 0.25;
const TIMEOUT_MS = 60_000;

const nowMs = () => performance.timeOrigin + performance.now();

export async function measureLatency(
  brokers: readonly string[],
  run: LatencyRun,
): Promise<Latency> {
  const times = new Map<string, Times>();
  const receiver = createServer((request, response) => {
    const one = times.get(String(request.headers[HEADER.id]));
    if (one) one.received = nowMs();
    request.resume().once('end', () => response.end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const dir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  const traceFile = join(dir, 'trace.json');
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
    WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhook`,
    LOG_LEVEL: 'error',
  };
  await fillTopic(env, 0);
  const consumer = startScript('consumer/main.ts', [], {
    ...env,
    TRACE_FILE: traceFile,
    NODE_OPTIONS: `--import ${join(ROOT, 'bench/trace-consumer.ts')}`,
  });
  try {
    await publishAll(env, run, times);
    await untilReceived(times);
    await consumer.end();
    const traces = JSON.parse(readFileSync(traceFile, 'utf8')) as Record<string, Trace>;
    return summarize(times, traces);
  } finally {
    receiver.close();
    receiver.closeAllConnections();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function publishAll(
  env: Record<string, string>,
  { ratePerSecond, count }: LatencyRun,
  times: Map<string, Times>,
): Promise<void> {
  const config = loadConfig(env);
  const logger = createLogger('bench', 'error');
  const kafka = connectKafka(config, logger, 'bench-producer');
  const publisher = createPublisher({ kafka, logger });
  const topic = topicNames(config.TOPIC_PREFIX).deliveries;
  const startedAtMs = performance.now();
  const acknowledged: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const dueMs = startedAtMs + (index * 1_000) / ratePerSecond;
    await sleep(Math.max(0, dueMs - performance.now()));
    const id = `latency-${index}`;
    const key = `user-${index % 1_000}`;
    const one = { published: nowMs(), acknowledged: NaN, received: NaN };
    times.set(id, one);
    const record = {
      topic,
      partition: partitionOf(key, config.PARTITIONS),
      key,
      value: JSON.stringify({ userId: key, alertMessage: `alert ${index}` }),
      headers: { [HEADER.id]: id },
    };
    acknowledged.push(
      publisher.publish(record, Infinity).then(() => void (one.acknowledged = nowMs())),
    );
  }
  await Promise.all(acknowledged);
  await publisher.close();
}

async function untilReceived(times: ReadonlyMap<string, Times>): Promise<void> {
  const deadlineMs = Date.now() + TIMEOUT_MS;
  while ([...times.values()].some(({ received }) => Number.isNaN(received))) {
    if (Date.now() > deadlineMs) throw new Error('not all was delivered in time');
    await sleep(50);
  }
  // The last answers are still on their way to the consumer.
  await sleep(200);
}

function summarize(times: ReadonlyMap<string, Times>, traces: Record<string, Trace>): Latency {
  const all = [...times].slice(Math.floor(times.size * WARM_UP_SHARE));
  const traced = all.map(([id, one]) => ({ ...one, ...(traces[id] as Trace) }));
  type Traced = (typeof traced)[number];
  const parts: readonly [name: string, ms: (one: Traced) => number][] = [
    ['ack', (one) => one.acknowledged - one.published],
    // The time is below zero when the consumer had the record before the publisher had its
    // acknowledgement.
    ['fetch', (one) => one.fetched - one.acknowledged],
    ['queue', (one) => one.started - one.fetched - one.limitedMs],
    ['limiter', (one) => one.limitedMs],
    ['connect', (one) => one.written - one.started],
    ['response', (one) => one.answered - one.written],
  ];
  const totalMs = sum(traced.map((one) => one.answered - one.published));
  const latencies = traced.map((one) => one.received - one.acknowledged);
  return {
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    stages: parts.map(([name, ms]) => {
      const values = traced.map(ms);
      return {
        name,
        p50Ms: quantile(values, 0.5),
        p99Ms: quantile(values, 0.99),
        share: sum(values) / totalMs,
      };
    }),
  };
}
