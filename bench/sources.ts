// Two topics of others, read in place, beside the same events in our own topic, in turns: to three
// subscriptions with filters. Each spell is checked: every match once, in order where asked, and
// nothing copied. `npm run bench -- sources` runs it.
import { randomBytes } from 'node:crypto';
import { createLogger } from '../common/base/logger.ts';
import { loadConfig } from '../common/config/config.ts';
import { ensureTopics } from '../common/kafka/admin/topic-admin.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { readTopic } from '../common/kafka/consume/follow-topic.ts';
import { retrySchedule } from '../common/config/retry-schedule.ts';
import { topicNames } from '../common/topics/topics.ts';
import { CONSUMER_HEAP } from '../infra/roles.ts';
import { fillTopic } from './fill-topic.ts';
import { countRecords, publishAll, subscribe } from './log-contents.ts';
import { startScript } from './process.ts';
import { SUBSCRIPTIONS, eventOf } from './sources/events.ts';
import { produceByGo, produceByJava } from './sources/producers.ts';
import { wrongDeliveries } from './sources/wrong-deliveries.ts';
import type { Arrivals, EventPlace, Wrong } from './sources/wrong-deliveries.ts';
import { quantile } from './statistics.ts';
import { fetchStats, middleRate } from './windows.ts';

export interface SourcesResult {
  /** Deliveries a second: medians of the rounds. */
  readonly perSecond: number;
  readonly logPerSecond: number;
  readonly ratio: number;
  /** Also those of spells with failures. */
  readonly wrong: Wrong;
  /** Records in our topics beside the attempts, for each request that failed. */
  readonly recordsPerFailure: number;
  readonly failures: number;
}

interface Run {
  /** In each of the two topics. */
  readonly events: number;
  readonly rounds: number;
}

type Env = Record<string, string>;
type Way = 'log' | 'source';

const PARTITIONS = { java: 12, go: 5 };
const BATCH = 20_000;
const FAIL_SHARE = 0.02;
/** Long enough that no delivery is given up, at two failures in a hundred. */
const RETRY_SCHEDULE = '200ms,200ms,200ms,200ms,200ms,200ms';

/** @param events in each topic */
export async function measureSources(
  brokers: readonly string[],
  { events, rounds }: Run,
): Promise<SourcesResult> {
  const topics = await makeTopics(brokers, events);
  const spells: Record<Way, Spell[]> = { log: [], source: [] };
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['log', 'source'] as const) : (['source', 'log'] as const);
    for (const way of order) {
      const spell = await measureSpell(brokers, topics, { way, events, failShare: 0 });
      process.stderr.write(`… ${way}: ${Math.round(spell.perSecond)}/s\n`);
      spells[way].push(spell);
    }
  }
  const failing = { way: 'source', events, failShare: FAIL_SHARE } as const;
  const failed = await measureSpell(brokers, topics, failing);
  const rate = (way: Way) =>
    quantile(
      spells[way].map(({ perSecond }) => perSecond),
      0.5,
    );
  const all = [...spells.log, ...spells.source, failed].map(({ wrong }) => wrong);
  const total = (kind: keyof Wrong) => all.reduce((sum, wrong) => sum + wrong[kind], 0);
  const unneeded = spells.source.reduce((sum, { written }) => sum + written, 0);
  return {
    ...{ perSecond: Math.round(rate('source')), logPerSecond: Math.round(rate('log')) },
    ratio: rate('source') / rate('log'),
    wrong: {
      ...{ lost: total('lost'), repeated: total('repeated') },
      ...{ unasked: total('unasked'), disordered: total('disordered') },
    },
    recordsPerFailure: (failed.written + unneeded) / failed.failures,
    failures: failed.failures,
  };
}

interface Spell {
  readonly perSecond: number;
  readonly wrong: Wrong;
  /** Records in our topics of deliveries, retries and dead letters. */
  readonly written: number;
  readonly failures: number;
}

interface SpellRun {
  readonly way: Way;
  readonly events: number;
  readonly failShare: number;
}

/** One consumer from the start of the log, with topics, groups and a receiver of its own. */
async function measureSpell(
  brokers: readonly string[],
  topics: readonly string[],
  { way, events, failShare }: SpellRun,
): Promise<Spell> {
  const target = startScript('bench/target.ts', [], { FAIL_SHARE: String(failShare) });
  const url = await target.firstLine;
  const env = {
    ...newEnv(brokers),
    ...{ WEBHOOK_URL: `${url}/webhook`, ALLOW_TARGETS: '127.0.0.0/8', RETRY_SCHEDULE },
    ...(way === 'source' && { SOURCE_TOPICS: topics.join(','), SOURCE_FROM: 'earliest' }),
  };
  await fillTopic(env, 0);
  const bodies = SUBSCRIPTIONS.map(({ id, filter, ordering }) => {
    return [id, { target_url: `${url}/${id}`, filter, ordering }] as const;
  });
  await subscribe(env, Object.fromEntries(bodies));
  const places = way === 'source' ? await readPlaces(env, topics) : await fillLog(env, events);
  const expected = SUBSCRIPTIONS.flatMap(({ takes }) => places.filter(({ n }) => takes(n)));
  const consumer = startScript('consumer/main.ts', [], env, CONSUMER_HEAP);
  try {
    const perSecond = await middleRate(url, expected.length);
    const arrivals = (await (await fetch(`${url}/arrivals`)).json()) as Arrivals;
    const { received, accepted, duplicates } = await fetchStats(url);
    const { lanes, retry, deadLetters } = topicNames(env.TOPIC_PREFIX);
    const retries = new Set(retrySchedule(loadConfig(env)).map(retry));
    const ours = [...(way === 'source' ? lanes : []), ...retries, deadLetters];
    return {
      ...{ perSecond, failures: received - accepted },
      wrong: { ...wrongDeliveries(places, arrivals), repeated: duplicates },
      written: await countRecords(env, ours),
    };
  } finally {
    await consumer.end();
    await target.end();
  }
}

function newEnv(brokers: readonly string[]) {
  return {
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
    ...{ LOG_LEVEL: 'error', WEBHOOK_SECRET: '' },
  };
}

function connect(env: Env) {
  const logger = createLogger('bench', 'error');
  return { logger, kafka: connectKafka(loadConfig(env), logger, 'bench-sources') };
}

/** Two topics of others, with as many events each. */
async function makeTopics(brokers: readonly string[], events: number): Promise<readonly string[]> {
  const { kafka, logger } = connect(newEnv(brokers));
  const mark = randomBytes(4).toString('hex');
  const ways = [
    ...[{ name: `orders-java-${mark}`, partitions: PARTITIONS.java, produce: produceByJava }],
    ...[{ name: `orders-go-${mark}`, partitions: PARTITIONS.go, produce: produceByGo }],
  ];
  for (const { name, partitions, produce } of ways) {
    await ensureTopics(kafka, [{ name, partitions, settings: {} }], 1, logger);
    process.stderr.write(`… ${events} events into ${name}\n`);
    await produce(brokers, name, events);
  }
  return ways.map(({ name }) => name);
}

/** Writes the events of both topics to the live lane, as `POST /events` does. */
async function fillLog(env: Env, events: number): Promise<readonly EventPlace[]> {
  const { deliveries: topic } = topicNames(String(env['TOPIC_PREFIX']));
  const places: EventPlace[] = [];
  for (const copy of ['a', 'b']) {
    for (let start = 0; start < events; start += BATCH) {
      const numbers = Array.from({ length: Math.min(BATCH, events - start) }, (_, i) => start + i);
      const records = numbers.map((n) => {
        const id = `${copy}-${n}`;
        const { key, value } = eventOf(n);
        // Order holds within a user's events of one copy here, as within a topic there.
        places.push({ id, n, line: `${copy} ${key}` });
        const headers = { 'webhook-id': id, 'wh-fan-out': '1', 'event-type': 'orders' };
        return { topic, key, value, headers };
      });
      await publishAll(env, records);
    }
  }
  return places;
}

/** Where each event of topics of others lies. */
async function readPlaces(env: Env, topics: readonly string[]): Promise<readonly EventPlace[]> {
  const { kafka, logger } = connect(env);
  const places: EventPlace[] = [];
  for (const topic of topics) {
    const reader = await readTopic({
      ...{ kafka, topic, logger },
      onFatal: (error) => {
        throw error;
      },
      onRecord: ({ partition, offset, key, value }) => {
        const { n } = JSON.parse(String(value)) as { readonly n: number };
        places.push({ id: `${topic}-${partition}-${offset}`, n, line: `${topic} ${key}` });
      },
    });
    await reader.caughtUp();
    await reader.close();
  }
  return places;
}
