import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ulid } from 'ulid';
import { connectKafka } from '../../common/kafka/client/connection.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { createPublisher } from '../../common/kafka/produce/publisher.ts';
import { createLogger } from '../../common/base/logger.ts';
import { AT_RISK_FACTOR } from '../../consumer/delivery-loop.ts';
import type { Stats } from '../../receiver/stats.ts';
import { supervise } from './supervised.ts';
import type { Supervised } from './supervised.ts';
import type { ContainerKafka } from './container-kafka.ts';
import { aDeliverySystem, untilDrained } from './delivery.ts';
import type { DeliverySystem } from './delivery.ts';
import { until } from './until.ts';

const TICK_MS = 20;
const USERS = 100;
const PER_SECOND = 200;
const ON_THE_WAY_MS = 500;
/** Two seconds of the load. */
const FLOWING = 2 * PER_SECOND;

export interface Running {
  readonly system: DeliverySystem;
  readonly load: Load;
  /** The process, where it is no container. */
  readonly consumer?: Supervised;
  /** Returns the statistics of the receiver. */
  readonly stats: () => Stats | Promise<Stats>;
}

/** A system on this Kafka with one consumer, and a load that flows through it. */
export async function systemUnderLoad(t: TestContext, kafka: ContainerKafka): Promise<Running> {
  const system = await aDeliverySystem(t, {
    KAFKA_BROKERS: kafka.brokers.join(','),
    REPLICATION_FACTOR: String(kafka.nodes.length),
  });
  // A consumer may end by an error of a broker that breaks; it is started again then.
  const consumer = supervise(() => system.start('consumer'));
  const load = startLoad(system);
  t.after(() => load.abort());
  const running = { system, load, consumer, stats: () => system.receiver.stats() };
  await untilFlowing(running);
  return running;
}

/** Waits until deliveries flow, from now on. */
export async function untilFlowing({ load, consumer, stats }: Running): Promise<void> {
  const before = await stats();
  let now = before;
  await until(
    async () => {
      now = await stats();
      return now.distinct > before.distinct + FLOWING;
    },
    {
      timeoutMs: 90_000,
      everyMs: 100,
      describe: () => [now, load.acknowledged(), consumer?.output().slice(-3_000)],
    },
  );
}

/** Waits, and fails when the broker that is away acknowledges anything meanwhile. */
export async function standStill({ load }: Running, forMs: number): Promise<void> {
  // Deliveries that were acknowledged before may still be on their way to us.
  await sleep(ON_THE_WAY_MS);
  const before = load.acknowledged();
  await sleep(forMs);
  assert.equal(load.acknowledged(), before, 'the broker is not away');
}

export interface Load {
  readonly acknowledged: () => number;
  /** Publishes no more and waits until every record is acknowledged. @returns how many */
  stop(): Promise<number>;
  /** Gives up what is not acknowledged: a test that failed must not go on for ever. */
  abort(): Promise<void>;
}

/** Publishes deliveries at a steady rate through whatever happens to the broker. */
export function startLoad(system: DeliverySystem, perSecond = PER_SECOND): Load {
  const { config, names } = system;
  const logger = createLogger('load', 'silent');
  const kafka = connectKafka(config, logger, `load-${config.TOPIC_PREFIX}`);
  const publisher = createPublisher({ kafka, logger });
  const stopping = new AbortController();
  const run = ulid();
  const publishes: Promise<void>[] = [];
  let acknowledged = 0;

  const publish = async (index: number) => {
    const userId = `user-${index % USERS}`;
    const record = {
      topic: names.deliveries,
      partition: partitionOf(userId, config.PARTITIONS),
      key: userId,
      value: JSON.stringify({ userId, alertMessage: `alert ${index}` }),
      headers: { 'webhook-id': `${run}-${index}` },
    };
    await publisher.publish(record, Infinity);
    acknowledged += 1;
  };
  const loop = async () => {
    const startedAt = performance.now();
    while (!stopping.signal.aborted) {
      const due = Math.floor(((performance.now() - startedAt) * perSecond) / 1_000);
      while (publishes.length < due) publishes.push(publish(publishes.length));
      await sleep(TICK_MS);
    }
  };
  const running = loop();
  return {
    acknowledged: () => acknowledged,
    stop: async () => {
      stopping.abort();
      await running;
      await Promise.all(publishes);
      await publisher.close();
      return publishes.length;
    },
    abort: async () => {
      stopping.abort();
      await publisher.close(0);
    },
  };
}

/**
 * Ends the load, waits until all is delivered, says how many were published and delivered, and
 * fails when one is missing, stands twice in the log, or more came twice than `duplicatesMax` and
 * what a consumer had at risk that ended by itself.
 */
export async function checkNothingLost(
  t: TestContext,
  { system, load, consumer, stats }: Running,
  duplicatesMax = 0,
): Promise<void> {
  const published = await load.stop();
  await untilDrained(system, 90_000);
  const { distinct, duplicates } = await stats();
  const repeats = (await system.records(system.names.deliveries)).length - published;
  const crashes = consumer?.crashes ?? 0;
  t.diagnostic(
    `published ${published}, delivered ${distinct}, lost ${published - distinct}, ` +
      `duplicates ${duplicates} (written twice: ${repeats}, consumer begun again: ${crashes})`,
  );
  assert.equal(distinct, published, 'lost');
  const atRisk = crashes * AT_RISK_FACTOR * system.config.CONCURRENCY;
  // A record whose acknowledgement was lost is sent again under its number, and written once.
  assert.equal(repeats, 0, 'written twice');
  const allowed = duplicatesMax + atRisk;
  assert.ok(duplicates <= allowed, `${duplicates} duplicates, at most ${allowed} expected`);
}
