// Processor time of a delivery in the consumer, and of a `POST /send` in the producer, with several
// settings in turns.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../infra/process/ports.ts';
import { CONSUMER_HEAP, PRODUCER_HEAP } from '../infra/roles.ts';
import { prepareDeliveries } from './deliveries.ts';
import type { Filling } from './fill-topic.ts';
import { cpuSeconds, startScript } from './process.ts';
import { quantile } from './statistics.ts';
import { delivered } from './windows.ts';

/** Settings that are compared with the first of them, and what waits for the consumer. */
export interface Variant {
  readonly env: Readonly<Record<string, string>>;
  readonly filling?: Filling;
}

interface Setup {
  readonly brokers: readonly string[];
  readonly dataDir: string;
  readonly rounds: number;
  readonly records: number;
  readonly requests: number;
}

/** Requests to the producer at a time. */
const AT_ONCE = 32;

type Figures = readonly [consumer: number, producer: number];

async function measure(setup: Setup, { env: given, filling = {} }: Variant): Promise<Figures> {
  const { brokers, dataDir, records, requests } = setup;
  const prepared = await prepareDeliveries(brokers, { records, ...filling, env: given });
  const { target, receiverUrl, env, remove } = prepared;
  const consumer = startScript('consumer/main.ts', [], env, CONSUMER_HEAP);
  await delivered(receiverUrl, records);
  const ofDelivery = (cpuSeconds(consumer.pid) / records) * 1e6;
  await consumer.end();
  const own = { ...env, DATA_DIR: join(dataDir, 'files'), LOG_LEVEL: 'error' };
  const ofRequest = await send(own, requests);
  await target.end();
  remove();
  return [ofDelivery, ofRequest];
}

/** @returns processor time of a request in the producer, µs */
async function send(env: Record<string, string>, requests: number): Promise<number> {
  const port = await freePort('127.0.0.1');
  const more = { PORT: String(port), MAX_LAG: '1000000000' };
  const producer = startScript('producer/main.ts', [], { ...env, ...more }, PRODUCER_HEAP);
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await sleep(100);
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ user_id: 'u1', data: { n: 1 } });
  const many = async (count: number) => {
    let left = count;
    const one = async () => {
      while ((left -= 1) >= 0) {
        const answer = await fetch(`${url}/send`, { method: 'POST', headers, body });
        if (answer.status !== 202) throw new Error(await answer.text());
        await answer.arrayBuffer();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
  };
  await many(2_000);
  const before = cpuSeconds(producer.pid);
  await many(requests);
  const micros = ((cpuSeconds(producer.pid) - before) / requests) * 1e6;
  await producer.end();
  return micros;
}

/** Measures in turns and prints a table: medians, and their ratios to the first variant. */
export async function pairedCosts(
  setup: Setup,
  variants: Readonly<Record<string, Variant>>,
): Promise<void> {
  const all = Object.entries(variants);
  const [[first, plain] = ['', { env: {} }]] = all;
  const results = new Map<string, Figures[]>(all.map(([name]) => [name, []]));
  // Before the rounds: the first one finds a broker that still compiles.
  await measure(setup, plain);
  for (let round = 0; round < setup.rounds; round += 1) {
    for (const [name, variant] of round % 2 === 0 ? all : all.toReversed()) {
      const figures = await measure(setup, variant);
      results.get(name)?.push(figures);
      console.error(name, figures);
    }
  }
  const median = (name: string, figure: 0 | 1) =>
    quantile(
      (results.get(name) ?? []).map((figures) => figures[figure]),
      0.5,
    );
  const rows = all.map(([name]) => {
    const [consumer, producer] = [median(name, 0), median(name, 1)];
    const ratio = (figure: 0 | 1) => (median(name, figure) / median(first, figure)).toFixed(3);
    return [
      name,
      {
        'consumer, µs a delivery': consumer.toFixed(1),
        [`to ${first}`]: ratio(0),
        'producer, µs a request': producer.toFixed(1),
        [`to ${first} `]: ratio(1),
      },
    ];
  });
  console.table(Object.fromEntries(rows));
}
