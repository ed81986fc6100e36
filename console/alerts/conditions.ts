import type { AlertState } from '../../common/model/alert-state.ts';
import type { Alarm } from '../../common/model/consumer-state.ts';
import type { OperationalEvent } from '../../common/subscriptions/operational-event.ts';

/**
 * Decides which conditions of the system are reported: once when one begins, however many processes
 * see it, and again only after it was over for a while.
 */

/** A condition that holds now. */
export interface Condition {
  readonly key: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const ALARM = 'hookline.alarm.raised';
const BURST = 'hookline.dead_letter.burst';
const BURST_KEY = 'dead-letter-burst';

export interface Observed {
  /** Alarms of all consumers. */
  readonly alarms: readonly Alarm[];
  /** Deliveries that died within the window. */
  readonly deadLately: number;
  readonly windowMinutes: number;
  /** So many of them are a burst, which lasts until they are less than half as many. */
  readonly deadMin: number;
}

/** Returns what holds now, by key: an alarm of several consumers is one condition. */
export function conditionsOf(
  { alarms, deadLately, windowMinutes, deadMin }: Observed,
  state: AlertState,
): ReadonlyMap<string, Condition> {
  const conditions = alarms.toReversed().map(({ kind, detail }) => {
    return { key: `alarm-${kind}`, type: ALARM, data: { kind, detail } };
  });
  const isBurst = deadLately >= (BURST_KEY in state.raised ? deadMin / 2 : deadMin);
  const data = { dead_letters: deadLately, minutes: windowMinutes };
  if (isBurst) return byKey([...conditions, { key: BURST_KEY, type: BURST, data }]);
  return byKey(conditions);
}

function byKey(all: readonly Condition[]): ReadonlyMap<string, Condition> {
  return new Map(all.map((condition) => [condition.key, condition]));
}

/**
 * When each condition was last seen, ms: one that comes back soon was never over. One that is
 * reported, but was not seen by this process yet, counts as seen when the process began to look.
 */
export type LastSeen = ReadonlyMap<string, number>;
/** Returns when each condition that holds or is reported was last seen, and of no other one. */
export function afterSight(
  lastSeen: LastSeen,
  { raised }: AlertState,
  conditions: ReadonlyMap<string, Condition>,
  nowMs: number,
): LastSeen {
  const reported = Object.keys(raised).map((key) => [key, lastSeen.get(key) ?? nowMs] as const);
  const held = [...conditions.keys()].map((key) => [key, nowMs] as const);
  return new Map([...reported, ...held]);
}

/** A consumer that is started again comes back with its alarms within this time. */
const OVER_MS = 5 * 60_000;

/**
 * Returns the state after a look, and what is to be reported.
 *
 * @returns `next` is the same object when nothing changed
 */
export function afterLook(
  state: AlertState,
  conditions: ReadonlyMap<string, Condition>,
  { lastSeen, nowMs }: { readonly lastSeen: LastSeen; readonly nowMs: number },
): { readonly next: AlertState; readonly events: readonly OperationalEvent[] } {
  const isOver = (key: string) => nowMs - (lastSeen.get(key) ?? nowMs) >= OVER_MS;
  const known = Object.entries(state.raised);
  const kept = known.filter(([key]) => conditions.has(key) || !isOver(key));
  const begun = [...conditions.values()].filter(({ key }) => !(key in state.raised));
  if (kept.length === known.length && begun.length === 0) return { next: state, events: [] };
  const raised = Object.fromEntries([...kept, ...begun.map(({ key }) => [key, nowMs] as const)]);
  const events = begun.map(({ key, type, data }) => ({
    ...{ type, id: `${key}-${nowMs}`, atMs: nowMs },
    data,
  }));
  return { next: { kind: 'alerts', raised }, events };
}
