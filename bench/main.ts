// `npm run bench`: the benchmarks, as ratios of two figures of one run, because machines differ
// and other processes share them. A word after `--` runs only what has it in its name.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onClosedOutput } from '../common/cli/closed-output.ts';
import { flag, value } from '../common/cli/command.ts';
import type { Command } from '../common/cli/command.ts';
import { parseCommand } from '../common/cli/parse-command.ts';
import { wantedOrExit } from '../common/cli/run-command.ts';
import { loadConfigOrExit } from '../common/process/run-role.ts';
import { createLogger } from '../common/base/logger.ts';
import { int, text } from '../common/config/setting-types.ts';
import { findKafka } from '../infra/kafka/find.ts';
import { measureBucket } from './bucket.ts';
import { bucketRow } from './bucket-report.ts';
import { measureDeliveries, warmUp } from './deliveries.ts';
import { measureIdle } from './idle-subscriptions.ts';
import { measureIngest } from './ingest.ts';
import { measureLanes } from './lanes.ts';
import { measureLatency } from './latency.ts';
import { measureEndpoints } from './many-endpoints.ts';
import {
  deliveryRow,
  endpointsRow,
  idleRow,
  ingestRow,
  lanesRow,
  latencyRow,
  peerRows,
  sendRow,
  stageTable,
  verdicts,
  waitingRow,
  waitingTable,
} from './report.ts';
import type { Row } from './report.ts';
import { measurePeers } from './peers.ts';
import { writePeerPlots } from './peer-plots.ts';
import { measureSend } from './send.ts';
import { measureSources } from './sources.ts';
import { sourcesRow } from './sources-report.ts';
import { measureView } from './view.ts';
import { viewRow, viewTable } from './view-report.ts';
import { measureWaiting } from './waiting.ts';

type Run = (brokers: readonly string[], brokerPid: number | null) => Promise<Row | readonly Row[]>;

const WAITING = 100_000;
const MINUTES = 10;
const BUCKET_MEGABYTES = 1_000;
const BUCKET_ROW_BYTES = 300;
const VIEW_DELIVERIES = 1_000_000;

const secret = `whsec_${randomBytes(24).toString('base64')}`;

function deliveries(run: Parameters<typeof measureDeliveries>[2]): [string, Run] {
  return [
    run.name,
    async (brokers, brokerPid) =>
      deliveryRow(run, await measureDeliveries(brokers, brokerPid, run)),
  ];
}

const RUNS: readonly (readonly [name: string, run: Run])[] = [
  deliveries({ name: 'deliveries, unsigned', records: 1_000_000, env: {}, bar: 0.7 }),
  deliveries({
    name: 'deliveries, signed',
    records: 600_000,
    env: { WEBHOOK_SECRET: secret },
    bar: 0.7,
  }),
  deliveries({
    name: 'deliveries, ORDERING=key',
    records: 600_000,
    env: { ORDERING: 'key' },
    bar: 0.6,
  }),
  deliveries({
    name: 'deliveries, signed, HTTPS',
    records: 600_000,
    env: { WEBHOOK_SECRET: secret },
    bar: 1.4,
    isTls: true,
  }),
  ...[false, true].map((isTls): [string, Run] => [
    isTls ? 'many endpoints, HTTPS' : 'many endpoints',
    async () => endpointsRow(isTls, await measureEndpoints({ endpoints: 1_000, rounds: 7, isTls })),
  ]),
  deliveries({
    name: 'the naive consumer',
    records: 3_000,
    env: {},
    bar: null,
    isNaive: true,
  }),
  [
    'ingest of a file',
    async (brokers) => ingestRow(await measureIngest(brokers, { rows: 500_000 })),
  ],
  [
    'bucket',
    async (brokers) => {
      const { megabytes = BUCKET_MEGABYTES } = given;
      const rows = Math.round((megabytes * 1e6) / BUCKET_ROW_BYTES);
      return bucketRow(await measureBucket(brokers, { rows, rounds: 2 }));
    },
  ],
  [
    'POST /send',
    async (brokers, brokerPid) => sendRow(await measureSend(brokers, brokerPid, { windows: 12 })),
  ],
  [
    'latency at 200/s',
    async (brokers) => {
      const latency = await measureLatency(brokers, { ratePerSecond: 200, count: 4_000 });
      process.stdout.write(stageTable(latency));
      return latencyRow(latency);
    },
  ],
  [
    'two lanes',
    async (brokers) =>
      lanesRow(await measureLanes(brokers, { rows: 1_000_000, sendsPerSecond: 100 })),
  ],
  [
    'idle subscriptions',
    async (brokers) =>
      idleRow(await measureIdle(brokers, { rows: 30_000, answerMs: 20, rounds: 2 }, [20, 1_000])),
  ],
  [
    'sources',
    async (brokers) => sourcesRow(await measureSources(brokers, { events: 200_000, rounds: 4 })),
  ],
  [
    'view',
    async (brokers, brokerPid) => {
      const { view: large = VIEW_DELIVERIES } = given;
      const result = await measureView(brokers, brokerPid, {
        ...{ large, small: 10_000, engine: Math.min(400_000, large) },
      });
      process.stdout.write(viewTable(result));
      return viewRow(result);
    },
  ],
  [
    'peers',
    async (brokers, brokerPid) => {
      const run = { records: 1_000_000, rounds: 15, folder: dataDir };
      const results = await measurePeers(brokers, brokerPid, run);
      if (given.plots !== undefined) writePeerPlots(given.plots, results);
      return peerRows(results);
    },
  ],
  [
    'waiting for dead endpoints',
    async (brokers, brokerPid) => {
      const { waiting = WAITING, minutes = MINUTES } = given;
      const kafkaDir = brokerPid === null ? null : dataDir;
      const result = await measureWaiting(brokers, { waiting, minutes, kafkaDir });
      process.stdout.write(waitingTable(result));
      return waitingRow(result);
    },
  ],
];

/** Deliveries through a new broker before anything is measured; see docs/benchmarks-notes.md. */
const WARM_UP = 4_000_000;

const BENCH = {
  script: 'bench',
  summary: 'Runs the benchmarks on a Kafka of their own, and prints them as ratios.',
  examples: [
    ['', 'all of them, for about three quarters of an hour'],
    ['ingest', 'those with this word in their name'],
    ['waiting --waiting 20000 --minutes 2', 'a short one'],
  ],
  options: {
    cold: flag('without warming up a new broker: sooner, and less to rely on'),
    waiting: value(
      'N',
      `waiting: deliveries that wait for each dead endpoint (${WAITING})`,
      int({ min: 100, max: 10_000_000 }),
    ),
    view: value(
      'N',
      `view: deliveries in the large log (${VIEW_DELIVERIES})`,
      int({ min: 20_000, max: 100_000_000 }),
    ),
    megabytes: value(
      'N',
      `bucket: size of the object (${BUCKET_MEGABYTES})`,
      int({ min: 1, max: 100_000 }),
    ),
    plots: value('FOLDER', 'peers: draws the figures there', text()),
    minutes: value('M', `waiting: for how long (${MINUTES})`, int({ min: 1, max: 10_000 })),
  },
  operand: {
    placeholder: 'WORD',
    help: `part of a name: ${RUNS.map(([name]) => name).join('; ')}`,
  },
} as const satisfies Command;

const { operand, given } = wantedOrExit(BENCH, (words, env) => parseCommand(BENCH, words, env));
const only = operand ?? '';
if (!RUNS.some(([name]) => name.includes(only))) {
  process.stderr.write(`${only}: allowed: ${BENCH.operand.help}\n`);
  process.exit(1);
}
onClosedOutput(() => process.exit(0));
const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
const removeData = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 });
const kafka = await findKafka(
  {
    brokers: loadConfigOrExit().KAFKA_BROKERS,
    dataDir,
    port: 0,
    logger: createLogger('bench', 'warn'),
  },
  process.env,
);
process.once('exit', () => {
  kafka.kill();
  removeData();
});
try {
  const brokerPid = kafka.pids[0] ?? null;
  if (brokerPid !== null && !given.cold) {
    process.stderr.write('… warming up a new broker, for some four minutes\n');
    await warmUp(kafka.brokers, WARM_UP);
  }
  const rows: Row[] = [];
  for (const [name, run] of RUNS.filter(([name]) => name.includes(only))) {
    process.stderr.write(`… ${name}\n`);
    rows.push(...[await run(kafka.brokers, brokerPid)].flat());
  }
  console.table(Object.fromEntries(rows.map(({ name, cells }) => [name, cells])));
  process.stdout.write(verdicts(rows));
} finally {
  await kafka.stop();
}
process.exit();
