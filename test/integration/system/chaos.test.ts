// Files go in without a pause while consumers are killed, stopped, started and scaled, the broker
// is restarted, the receiver flaps, and endpoints beside it, which take a source topic as well, are
// closed for a while, so that what is theirs waits behind cursors. Nothing may be lost; what may be
// repeated is counted event by event. CHAOS_SEED repeats a run's choices, CHAOS_SECONDS says how
// long to go on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { HEADER } from '../../../common/model/delivery.ts';
import { canEmbedHere } from '../../../infra/kafka/find.ts';
import type { ModeInput } from '../../../receiver/receiver.ts';
import type { LogRecord } from '../../../common/kafka/log-record.ts';
import { Acceptances, idOf } from '../../support/chaos/acceptances.ts';
import {
  AT_RISK_MAX,
  KILLED_MAX,
  DISTURBANCES,
  FLAPS,
  brokerRestart,
  flap,
  openAll,
  scaleDown,
  scaleUp,
} from '../../support/chaos/events.ts';
import type { ChaosEvent } from '../../support/chaos/events.ts';
import {
  describeHistory,
  historiesOf,
  wasCutOff,
  wasGivenUp,
} from '../../support/chaos/histories.ts';
import type { History } from '../../support/chaos/histories.ts';
import { isOfSource } from '../../support/chaos/source-topic.ts';
import { KEEP, aWorld, findLost } from '../../support/chaos/world.ts';
import type { World } from '../../support/chaos/world.ts';
import { seeded } from '../../../infra/tools/seeded.ts';
import type { Seeded } from '../../../infra/tools/seeded.ts';
import { until } from '../../support/until.ts';
import { formatTable } from '../../../common/cli/table.ts';

const SECONDS = Number(process.env['CHAOS_SECONDS'] ?? 60);
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 2 ** 31);
/** Repeats that a failure tells of. */
const TOLD_MAX = 20;
const skip = (await canEmbedHere(process.env)) ? false : 'needs Java 17 or newer and Maven';
const options = { skip, timeout: SECONDS * 1_000 + 420_000 };

interface Episode {
  readonly event: string;
  readonly receiver: string;
  readonly seconds: string;
  readonly accepted: number;
  readonly repeats: number;
  readonly allowed: number;
  /** Repeats of a request that was given up unanswered: allowed besides. */
  readonly timeouts: number;
  /** Repeats of what had been sent by a process that an earlier event has killed: allowed, too. */
  readonly late: number;
  /** Consumers that had to begin again, which only the loss of the broker excuses. */
  readonly lapses: number;
  /** Deliveries that wait behind cursors when the next event begins. */
  readonly left: number;
}

interface Ended {
  readonly episode: Episode;
  readonly repeats: readonly History[];
}

// Side by side, because each of them mostly waits.
describe('no chaos loses anything, or repeats more than it must', { concurrency: true }, () => {
  test('ORDERING=none', options, (t) => chaos(t, 'none'));
  test('ORDERING=key', options, (t) => chaos(t, 'key'));
});

async function chaos(t: TestContext, ordering: 'none' | 'key'): Promise<void> {
  // Another order of events for each.
  const random = seeded(ordering === 'key' ? SEED + 1 : SEED);
  t.diagnostic(`CHAOS_SEED=${SEED} CHAOS_SECONDS=${SECONDS}`);
  const world = await aWorld(t, ordering, random);
  await world.join(1);
  const acceptances = new Acceptances([world.system.receiver, ...world.sides.receivers], KEEP);
  const ended: Ended[] = [];
  // After a failure too.
  t.after(() => report(t, ended));
  const untilMs = Date.now() + SECONDS * 1_000;
  do {
    const flaps = random.shuffle(FLAPS);
    for (const event of [scaleUp, ...random.shuffle(DISTURBANCES), scaleDown]) {
      ended.push(await anEpisode(random, { world, acceptances, event, mode: flaps.pop() }));
    }
  } while (Date.now() < untilMs);
  const last = { world, acceptances, event: openAll, mode: undefined };
  ended.push(await counted(last, () => openAll.run(world, random)));

  const { log, dead, lost } = await findLost(world, (id) => acceptances.has(id));
  const ordered = log.filter(({ headers }) => {
    return world.sides.isKeyOrdered(headers[HEADER.subscription] ?? null);
  });
  const violations = acceptances.orderViolations(ordered);
  t.diagnostic(
    `${world.rows} rows, ${await world.sides.sent()} to endpoints beside, ` +
      `${world.sides.ofSource().length} of them from a source topic: ` +
      `${acceptances.distinct} accepted, ${dead} dead letters, ${lost.length} lost, ` +
      `${violations.length} order violations`,
  );
  const copies = new Set(repeatedIds(log));
  const again = acceptances.handledAgain.filter((id) => !copies.has(id));
  const unhandled = log
    .map(({ headers }) => idOf(headers))
    .filter((id) => !isOfSource(id) && !acceptances.hasHandled(id));
  t.diagnostic(
    `a receiver that forgets what is settled: ${again.length} handled twice, ` +
      `${unhandled.length} not at all, a table of ${acceptances.tableMost} ids at most`,
  );
  assert.deepEqual(
    again,
    [],
    `handled twice though it is below no settled offset; CHAOS_SEED=${SEED}`,
  );
  assert.deepEqual(unhandled, [], `taken for a repeat; CHAOS_SEED=${SEED}`);
  const seed = `CHAOS_SEED=${SEED}`;
  assert.deepEqual(lost, [], seed);
  assert.equal(dead, 0, `no period of failures lasts for all attempts; ${seed}`);
  assert.deepEqual(violations, [], seed);
  const wrong = ended.filter(({ episode }) => {
    const { event, repeats, allowed, timeouts, late, lapses } = episode;
    return (
      repeats > allowed + timeouts + Math.min(late, KILLED_MAX) ||
      (lapses > 0 && event !== brokerRestart.name)
    );
  });
  if (wrong.length === 0) return;
  for (const line of world.warnings) t.diagnostic(line);
  const repeats = wrong.flatMap((one) => one.repeats.filter((repeat) => !wasGivenUp(repeat)));
  for (const repeat of repeats.slice(0, TOLD_MAX)) t.diagnostic(describeHistory(repeat));
  const what = 'repeated more than it may, or made a consumer begin again';
  assert.fail(wrong.map(({ episode }) => `${episode.event} ${what}; ${seed}`).join('\n'));
}

/** Ids of records that the log holds twice: an acknowledgement was lost. */
function repeatedIds(log: readonly LogRecord[]): readonly string[] {
  const seen = new Set<string>();
  return log.map(({ headers }) => idOf(headers)).filter((id) => seen.size === seen.add(id).size);
}

interface Given {
  readonly world: World;
  readonly acceptances: Acceptances;
  readonly event: ChaosEvent;
  readonly mode: ModeInput | undefined;
}

/** One event while files flow, the receiver flaps, and the endpoints beside take turns. */
async function anEpisode(random: Seeded, given: Given): Promise<Ended> {
  const { world, event, mode } = given;
  const flapping = random.fork();
  const turning = random.fork();
  return counted(given, () =>
    world.feedDuring(async () => {
      const { receiver } = world.system;
      const enough = random.between(50, 600);
      await until(() => receiver.stats().accepted >= enough, { describe: world.state });
      await world.sides.untilDetached(world.state);
      const flaps = flap(world, flapping, mode ? [mode] : []);
      await Promise.all([event.run(world, random), flaps, world.sides.turn(turning)]);
    }),
  );
}

/** The repeats of what has happened are counted once all is quiet. */
async function counted(
  { world, acceptances, event, mode }: Given,
  happen: () => Promise<void>,
): Promise<Ended> {
  const startMs = Date.now();
  const recordsBefore = await world.repeatedRecords();
  const lapsesBefore = world.lapses;
  await happen();
  await world.quiet(() => acceptances.soFar());
  const { accepted, repeats: repeated } = acceptances.collect();
  const repeats = await historiesOf(world.system, repeated);
  const lapses = world.lapses - lapsesBefore;
  const allowed = {
    none: 0,
    'at-risk': KILLED_MAX,
    unacknowledged: (await world.repeatedRecords()) - recordsBefore + lapses * AT_RISK_MAX,
  }[event.repeats];
  const receiver = typeof mode === 'string' ? mode : `${mode?.mode ?? ''} ${mode?.status ?? ''}`;
  const seconds = ((Date.now() - startMs) / 1_000).toFixed(1);
  const timeouts = repeats.filter(wasGivenUp).length;
  // A delivery that `kill -9` cut off may come again later, once its endpoint, closed right after,
  // is open.
  const late = repeats.filter((one) => one.firstAtMs < startMs && wasCutOff(one)).length;
  const counts = { accepted, repeats: repeats.length, allowed, timeouts, late, lapses };
  const left = world.sides.owed((id) => acceptances.has(id));
  return { episode: { event: event.name, receiver, seconds, ...counts, left }, repeats };
}

function report(t: TestContext, ended: readonly Ended[]): void {
  const episodes = ended.map(({ episode }) => episode);
  const table = formatTable(Object.keys(episodes[0] ?? {}), episodes.map(Object.values));
  for (const line of table.split('\n')) t.diagnostic(line);
}
