// The view of deliveries: how fast the thread of the delivery log writes attempts, beside the rate
// at which the engine makes them, and how long queries take meanwhile, in a small and a large log.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../common/base/logger.ts';
import { formatAttempt } from '../common/model/attempt.ts';
import { fileRowId } from '../common/model/delivery.ts';
import type { LogFilter } from '../console/delivery-log/log-query.ts';
import { LogStore } from '../console/delivery-log/log-store.ts';
import { measureDeliveries } from './deliveries.ts';

export interface ViewRun {
  /** Deliveries of the large log, and of the small one. */
  readonly large: number;
  readonly small: number;
  /** Deliveries by which the rate of the engine is measured. */
  readonly engine: number;
}

export interface ViewResult {
  readonly foldedPerSecond: number;
  readonly enginePerSecond: number;
  /** 95th percentile of each kind of query, ms. */
  readonly queries: readonly {
    readonly name: string;
    readonly small: number;
    readonly large: number;
  }[];
}

const USERS = 5_000;
const RECORDS_AT_ONCE = 8;
const LINES_PER_RECORD = 500;
const ROUNDS = 40;
const HOUR_MS = 3_600_000;
const FILE = '01KB7Q9XG00000000000000000';
const page = { limit: 100, isLatestOnly: true } as const;

/** Kinds of queries; a user and a row are other ones each time. */
const QUERIES: readonly (readonly [
  name: string,
  ask: (store: LogStore, n: number) => Promise<unknown>,
])[] = [
  ...(
    [
      ['newest', () => ({})],
      ['user', (n) => ({ user: `user-${(n * 7_919) % USERS}` })],
      ['id', (n) => ({ id: fileRowId(FILE, (n * 104_729) % 9_000), isLatestOnly: false })],
      ['dead', () => ({ status: 'dead' })],
      ['HTTP 500', () => ({ status: '500' })],
      ['error', () => ({ error: 'timeout' })],
      ['file', () => ({ file: FILE })],
      ['endpoint', () => ({ subscription: 'sub_a' })],
      ['event type', () => ({ event_type: 'order.paid' })],
      ['dead of a user', (n) => ({ status: 'dead', user: `user-${(n * 7_919) % USERS}` })],
      ['few match', () => ({ subscription: 'default', event_type: 'order.paid' })],
      ['since', () => ({ since: Date.now() - 60_000 })],
    ] satisfies readonly (readonly [string, (n: number) => Partial<LogFilter>])[]
  ).map(
    ([name, filterOf]) =>
      [name, (store: LogStore, n: number) => store.select({ ...page, ...filterOf(n) })] as const,
  ),
  ['series', (store) => store.points({ window: '72h', endpoint: null, nowMs: Date.now() })],
];

/** Measures the engine alone, then the view alone: they share the cores of the machine. */
export async function measureView(
  brokers: readonly string[],
  brokerPid: number | null,
  run: ViewRun,
): Promise<ViewResult> {
  const deliveries = { name: 'engine', records: run.engine, env: {}, bar: null };
  const { perSecond: enginePerSecond } = await measureDeliveries(brokers, brokerPid, deliveries);
  const small = await measureLog(run.small);
  const large = await measureLog(run.large);
  return {
    foldedPerSecond: large.perSecond,
    enginePerSecond,
    queries: QUERIES.map(([name], n) => ({
      ...{ name, small: small.p95Ms[n] as number, large: large.p95Ms[n] as number },
    })),
  };
}

/** Fills a log of its own, then asks it while it is written on. */
async function measureLog(deliveries: number) {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-view-'));
  const store = new LogStore({
    ...{ path: join(folder, 'log.db'), retentionMs: 72 * HOUR_MS },
    logger: createLogger('bench', 'warn'),
    onFatal: (error) => process.emitWarning(error as Error),
  });
  try {
    const writer = new Writer(store);
    const beganAtMs = performance.now();
    while (writer.written < deliveries) await writer.write();
    const perSecond = Math.round(writer.written / ((performance.now() - beganAtMs) / 1_000));
    return { perSecond, p95Ms: await askMeanwhile(store, writer) };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function askMeanwhile(store: LogStore, writer: Writer): Promise<number[]> {
  let isOver = false;
  const writing = (async () => {
    while (!isOver) await writer.write();
  })();
  const p95Ms: number[] = [];
  for (const [, ask] of QUERIES) {
    const times: number[] = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      const beganAtMs = performance.now();
      await ask(store, n);
      times.push(performance.now() - beganAtMs);
    }
    times.sort((a, b) => a - b);
    p95Ms.push(times[Math.floor(0.95 * ROUNDS)] as number);
  }
  isOver = true;
  await writing;
  return p95Ms;
}

/** Writes attempts as consumers leave them in their topic. */
class Writer {
  written = 0;
  private readonly store: LogStore;
  private offset = 0;

  constructor(store: LogStore) {
    this.store = store;
  }

  async write(): Promise<void> {
    const place = { topic: 'attempts', partition: 0 };
    const records = Array.from({ length: RECORDS_AT_ONCE }, (_, n) => ({
      ...{ ...place, offset: this.offset + n, key: null, headers: {}, timestampMs: 0 },
      value: Buffer.from(Array.from({ length: LINES_PER_RECORD }, () => this.line()).join('\n')),
    }));
    this.offset += records.length;
    await this.store.write({ ...place, records, readTo: this.offset });
  }

  private line(): string {
    this.written += 1;
    const row = this.written;
    const isDead = row % 50 === 0;
    const isOfSubscription = row % 10 === 0;
    return formatAttempt({
      ...{ id: fileRowId(FILE, row), key: `user-${(row * 31) % USERS}`, attempt: 1 },
      ...(isDead
        ? { state: 'dead', status: row % 100 === 0 ? 500 : null, error: 'timeout: 15 s' }
        : { state: 'delivered', status: 200 }),
      ...(isOfSubscription && { subscription: 'sub_a', eventType: 'order.paid' }),
      ...{ excerpt: '{"ok":true}', latencyMs: (row % 200) / 4, at: Date.now() },
      ...{ topic: 'deliveries', partition: row % 12, offset: row },
    });
  }
}
