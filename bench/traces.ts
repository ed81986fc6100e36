// Measures what tracing costs: processor time of a delivery in the consumer, and of a `POST /send`
// in the producer, with traces off, with 1 % of them and with all, in turns:
//   node bench/traces.ts [--rounds 3] [--records 100000] [--requests 10000]
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createLogger } from '../common/base/logger.ts';
import { loadConfigOrExit } from '../common/process/run-role.ts';
import { findKafka } from '../infra/kafka/find.ts';
import { freePort } from '../infra/process/ports.ts';
import { CONSUMER_HEAP, PRODUCER_HEAP } from '../infra/roles.ts';
import { prepareDeliveries } from './deliveries.ts';
import { cpuSeconds, startScript } from './process.ts';
import { quantile } from './statistics.ts';
import { delivered } from './windows.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    records: { type: 'string', default: '100000' },
    requests: { type: 'string', default: '10000' },
  },
});
const [rounds, records, requests] = [values.rounds, values.records, values.requests].map(
  Number,
) as [number, number, number];
/** Requests to the producer at a time. */
const AT_ONCE = 32;

const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
const logger = createLogger('bench', 'warn');
const kafka = await findKafka(
  { brokers: loadConfigOrExit().KAFKA_BROKERS, dataDir, port: 0, logger },
  process.env,
);
let spanBytes = 0;
const collector = createServer((request, response) => {
  request.on('data', (chunk: Buffer) => (spanBytes += chunk.length));
  request.on('end', () => response.end());
}).listen(0, '127.0.0.1');
await once(collector, 'listening');
process.once('exit', () => {
  kafka.kill();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 });
});

type Figures = readonly [consumer: number, producer: number];

/** @param share part of the deliveries that are traced; null: tracing is off */
async function measure(share: number | null): Promise<Figures> {
  const { port } = collector.address() as AddressInfo;
  const tracing = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: String(share),
  };
  const prepared = await prepareDeliveries(kafka.brokers, {
    ...{ records, tracedShare: share ?? 0 },
    env: share === null ? {} : tracing,
  });
  const { target, receiverUrl, env, remove } = prepared;
  const consumer = startScript('consumer/main.ts', [], env, CONSUMER_HEAP);
  await delivered(receiverUrl, records);
  const ofDelivery = (cpuSeconds(consumer.pid) / records) * 1e6;
  await consumer.end();
  const ofRequest = await send({ ...env, DATA_DIR: join(dataDir, 'files'), LOG_LEVEL: 'error' });
  await target.end();
  remove();
  return [ofDelivery, ofRequest];
}

/** @returns processor time of a request in the producer, µs */
async function send(env: Record<string, string>): Promise<number> {
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

const VARIANTS = { off: null, 'traces of 1 %': 0.01, 'traces of all': 1 } as const;
const results = new Map<string, Figures[]>(Object.keys(VARIANTS).map((name) => [name, []]));
// Before the rounds: the first one finds a broker that still compiles.
await measure(null);
for (let round = 0; round < rounds; round += 1) {
  const inTurn = Object.entries(VARIANTS);
  for (const [name, share] of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
    const figures = await measure(share);
    results.get(name)?.push(figures);
    console.error(name, figures);
  }
}
const median = (name: string, figure: 0 | 1) =>
  quantile(
    (results.get(name) ?? []).map((figures) => figures[figure]),
    0.5,
  );
const rows = Object.keys(VARIANTS).map((name) => {
  const [consumer, producer] = [median(name, 0), median(name, 1)];
  const ratio = (figure: 0 | 1) => (median(name, figure) / median('off', figure)).toFixed(3);
  return [
    name,
    {
      'consumer, µs a delivery': consumer.toFixed(1),
      'to off': ratio(0),
      'producer, µs a request': producer.toFixed(1),
      'to off ': ratio(1),
    },
  ];
});
console.table(Object.fromEntries(rows));
console.log(`The collector got ${Math.round(spanBytes / 1_024)} KiB.`);
await kafka.stop();
process.exit();
