import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HEADER } from '../../../common/model/delivery.ts';
import type { LogRecord } from '../../../common/kafka/log-record.ts';
import { retrySchedule } from '../../../common/config/retry-schedule.ts';
import type { ModeInput } from '../../../receiver/receiver.ts';
import { aDeliverySystem } from '../delivery.ts';
import type { DeliverySystem } from '../delivery.ts';
import type { Seeded } from '../../../infra/tools/seeded.ts';
import { ownBroker } from '../own-broker.ts';
import { tempDir } from '../temp-dir.ts';
import { until } from '../until.ts';
import { idOf } from './acceptances.ts';
import { SideEndpoints } from './side-endpoints.ts';
import { SOURCE_TOPIC } from './source-topic.ts';
import { supervise } from '../supervised.ts';
import type { Supervised } from '../supervised.ts';

export const CONCURRENCY = 16;
/** Requests that the receiver keeps between two looks at it. */
export const KEEP = 200_000;
/** Slow enough that every event finds requests under way. */
export const ANSWER_MS = 40;
export const CALM: ModeInput = { mode: 'slow', delayMs: ANSWER_MS };

const ROWS_PER_FILE = 400;
/** Dropped and not yet accepted: enough that whatever happens finds all consumers busy. */
const BACKLOG_ROWS = 1_000;
/** Between two looks at the backlog, at most. */
const PAUSE_MS_MAX = 300;
const USERS = 100;
/** Also of the session of a killed process, 10 s, and of what had piled up meanwhile. */
const QUIET_WITHIN_MS = 90_000;

/** Lines that the client logs by the hundred while the broker is away. */
const RECONNECTS = /"namespace":"(BrokerPool|Connection|Producer)"/;

/**
 * The whole system on a broker of its own: files and events of a source topic go in, consumers come
 * and go.
 */
export interface World {
  readonly system: DeliverySystem;
  /** Endpoints beside WEBHOOK_URL that are closed for a while. */
  readonly sides: SideEndpoints;
  readonly consumers: Supervised[];
  /** How often a consumer has begun again: it ended by itself, or the group took it for dead. */
  readonly lapses: number;
  /** Warnings and errors that consumers have logged, for a person. */
  readonly warnings: readonly string[];
  /** Rows of all files dropped so far. */
  readonly rows: number;
  /** How those receivers answer that the flapping is about. */
  setMode(mode: ModeInput): void;
  /**
   * Drops small files into the inbox until it is over, so that there is always something to do,
   * and sends to the endpoints beside.
   */
  feedDuring(work: () => Promise<void>): Promise<void>;
  /** Starts consumers and waits until each has its partitions. */
  join(count: number): Promise<void>;
  /** Ends the broker, with `kill -9` or in order, and starts it again at its address. */
  restartBroker(how: 'kill' | 'stop'): Promise<void>;
  /**
   * Everything dropped is in the log, and everything in the log is settled and committed but for
   * what waits for closed endpoints.
   *
   * @param soFar as `Acceptances` has it
   */
  quiet(soFar: () => (id: string) => boolean): Promise<void>;
  /** Records that say what an earlier one said: in retry topics, and of the endpoints beside. */
  repeatedRecords(): Promise<number>;
  state(): unknown;
}

export async function aWorld(
  t: TestContext,
  ordering: 'none' | 'key',
  random: Seeded,
): Promise<World> {
  const dataDir = tempDir(t);
  const broker = await ownBroker(t);
  const settings = {
    KAFKA_BROKERS: broker.address,
    DATA_DIR: dataDir,
    PARTITIONS: '12',
    PORT: '0',
    SETTLE_MS: '50',
    ORDERING: ordering,
    CONCURRENCY: String(CONCURRENCY),
    DELIVERY_TIMEOUT_MS: '2000',
    RETRY_SCHEDULE: '200ms,500ms,1s,1s',
    ALLOW_TARGETS: '127.0.0.0/8',
    ...{ SOURCE_TOPICS: SOURCE_TOPIC, SOURCE_FROM: 'earliest' },
  };
  const system = await aDeliverySystem(t, settings, { mode: CALM, keep: KEEP });
  const sides = await SideEndpoints.open(t, system, { calm: CALM, keep: KEEP });
  const inbox = join(dataDir, 'inbox');
  mkdirSync(inbox, { recursive: true });
  const producer = supervise(() => system.start('producer'));
  const consumers: Supervised[] = [];
  const started: Supervised[] = [];
  const feeding = random.fork();
  let files = 0;

  function drop(): void {
    const lines = Array.from(
      { length: ROWS_PER_FILE },
      (_, row) => `user-${(row * 7 + files) % USERS},row ${row + 1}\n`,
    );
    files += 1;
    const path = join(inbox, `${files}.csv`);
    writeFileSync(`${path}.part`, `user_id,alert_message\n${lines.join('')}`);
    renameSync(`${path}.part`, path);
    sides.send(USERS);
  }

  const isRead = () => readdirSync(join(dataDir, 'done')).length === files;
  const receivers = [system.receiver, ...sides.receivers];
  const state = () => ({
    stats: receivers.map((receiver) => receiver.stats()),
    logs: [producer, ...consumers].map((role) => role.output().slice(-3_000)),
  });

  return {
    system,
    sides,
    consumers,
    state,
    get lapses() {
      return started.reduce((sum, one) => sum + one.crashes + evictions(one.output()), 0);
    },
    get warnings() {
      const lines = started.flatMap((one) => one.output().split('\n'));
      return lines.filter((line) => /"level":[4-6]0/.test(line) && !RECONNECTS.test(line));
    },
    get rows() {
      return files * ROWS_PER_FILE;
    },
    setMode(mode) {
      system.receiver.setMode(mode);
      // One that has accepted next to nothing yet would get next to nothing for long after a 429.
      const isThrottling = typeof mode === 'object' && mode.status === 429;
      if (!isThrottling) sides.receivers[0].setMode(mode);
    },
    async feedDuring(work) {
      let isOver = false;
      const worked = work().finally(() => (isOver = true));
      const filesBefore = files;
      const backlog = () =>
        (files - filesBefore) * ROWS_PER_FILE - system.receiver.stats().accepted;
      while (!isOver) {
        while (backlog() < BACKLOG_ROWS) drop();
        await sleep(feeding.between(0, PAUSE_MS_MAX));
      }
      await worked;
    },
    async join(count) {
      const joining = Array.from({ length: count }, () =>
        supervise(() => system.start('consumer')),
      );
      started.push(...joining);
      consumers.push(...joining);
      await until(() => joining.every((one) => one.output().includes('group.assigned')), {
        describe: state,
      });
    },
    async restartBroker(how) {
      await broker.end(how);
      await broker.start();
    },
    async quiet(soFar) {
      await sides.sent();
      let seen = {};
      const isSettled = async () => {
        const isAllRead = isRead();
        const lag = await system.lag(sides.closed);
        const missing = sides.missing(soFar());
        seen = { isAllRead, lag, missing: missing.slice(0, 20) };
        return isAllRead && lag === 0 && missing.length === 0;
      };
      // A broker that has just been started again may not answer yet.
      const isQuiet = () => isSettled().catch(() => false);
      const describe = () => ({ ...seen, ...state() });
      await until(isQuiet, { timeoutMs: QUIET_WITHIN_MS, everyMs: 200, describe });
    },
    async repeatedRecords() {
      const { names, config } = system;
      let repeats = 0;
      for (const topic of new Set([names.deliveries, ...retrySchedule(config).map(names.retry)])) {
        const records = await system.records(topic);
        const named = records.map(({ headers }) => `${idOf(headers)} ${headers[HEADER.attempt]}`);
        repeats += named.length - new Set(named).size;
      }
      return repeats;
    },
  };
}

/** Counts the lines that the client logs when the group has gone on without this member. */
export function evictions(output: string): number {
  return output.split('coordinator is not aware of this member').length - 1;
}

/** Why a member began again as another one, each time that it did. */
export function crashes(output: string): readonly string[] {
  return [...output.matchAll(/kafkajs: Crash: ([^"]*)"/g)].map(([, why]) => why ?? '');
}

/**
 * Finds every delivery that was dropped as a file, sent, or made of a record of the source topic,
 * in the log and then among the accepted ones or the dead letters, and returns those that are
 * missing.
 */
export async function findLost(
  { system, sides, rows }: World,
  wasAccepted: (id: string) => boolean,
): Promise<{ log: readonly LogRecord[]; dead: number; lost: string[] }> {
  const { names } = system;
  const fromFiles = await system.records(names.bulkDeliveries);
  assert.equal(fromFiles.length, rows, 'every row of every file is in the log once');
  const addressed = await system.records(names.deliveries);
  const sent = await sides.sent();
  const log = [...fromFiles, ...addressed, ...sides.ofSource()];
  const dead = new Set((await system.records(names.deadLetters)).map((r) => idOf(r.headers)));
  const ids = new Set(log.map(({ headers }) => idOf(headers)));
  assert.equal(ids.size, rows + sent, 'each has an id of its own');
  const lost = [...ids].filter((id) => !wasAccepted(id) && !dead.has(id));
  return { log, dead: dead.size, lost };
}
