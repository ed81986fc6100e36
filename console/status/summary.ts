import type { RestingReason } from '../../common/model/consumer-state.ts';
import { countWaiting } from '../ledgers/count-waiting.ts';
import { BROKER_SILENT_MS, topicMissing } from './readiness.ts';

/** Figures of the status that the summary is made of; times in ms since 1970. */
export interface Observed {
  readonly nowMs: number;
  readonly loading: boolean;
  /** When the broker last answered; null: not yet. */
  readonly brokerSeenAtMs: number | null;
  /** Whether the last question to the broker failed. */
  readonly isBrokerFailing: boolean;
  /** As `whyNotReady` has it. */
  readonly missingTopic: string | null;
  /** Free share of the disk with the data folder, and bytes; null: not known. */
  readonly disk: { readonly free_bytes: number; readonly total_bytes: number } | null;
  readonly consumers: number;
  readonly alarms: readonly { readonly kind: string; readonly detail: string }[];
  readonly deliveries: {
    readonly waiting: number;
    readonly in_flight: number;
    readonly retrying: number;
    readonly dead_lettered: number;
    readonly dead_lettered_last_hour: number;
  };
  /** Age of the oldest record that waits for its first attempt, in seconds. */
  readonly lagSeconds: number;
  readonly endpoints: readonly ObservedEndpoint[];
  /** Replays under way. */
  readonly replays: readonly {
    readonly id: string;
    readonly read: number;
    readonly offsets: number;
  }[];
  /** Files that are being read, and that wait to be. */
  readonly reading: number;
  readonly queued: number;
  readonly heldBack: HeldBack;
}

/** Records that wait while ingestion is held back by `MAX_LAG`; null: it is not. */
export interface HeldBack {
  /** The API answers 429. */
  readonly api: number | null;
  /** No file is read further. */
  readonly files: number | null;
}

export interface ObservedEndpoint {
  /** null: the endpoint of WEBHOOK_URL. */
  readonly subscription: string | null;
  readonly state: string;
  /** Why it pauses; null: it does not. */
  readonly resting_reason: RestingReason | null;
  /** Why it is disabled; null: it is not, or somebody has asked for it. */
  readonly disabled_reason: string | null;
  /** Deliveries that the consumers have passed over for now; null: not known. */
  readonly behind: number | null;
  /** Deliveries that the consumers have read and not sent yet. */
  readonly waiting: number;
}

export const SUMMARY_STATES = ['ok', 'degraded', 'failing', 'down'] as const;
export type SummaryState = (typeof SUMMARY_STATES)[number];

export interface Summary {
  readonly state: SummaryState;
  /** One line for people. */
  readonly headline: string;
  /** Next steps, the most urgent first; `href` is a link within the dashboard. */
  readonly actions: { text: string; href: string }[];
}

/** Something that a person should know, with what to do about it. */
interface Finding {
  readonly state: SummaryState;
  readonly text: string;
  readonly action?: { readonly text: string; readonly href: string };
}

const SHOWN_MAX = 3;
const ACTIONS_MAX = 3;
/** A delivery waits for a moment whenever much comes at once. */
const BEHIND_SECONDS = 60;
/** A broker whose answers fail is away sooner than one that is only slow. */
const BROKER_FAILING_MS = 1_500;
const MIB = 1024 ** 2;

/** Puts the state of the whole system into one line; `state` is that of the worst finding. */
export function summarize(seen: Observed): Summary {
  const findings = [
    ...ofBroker(seen),
    ...ofDisk(seen),
    ...ofConsumers(seen),
    ...ofEndpoints(seen),
    ...ofDeadLetters(seen),
    ...ofBacklog(seen),
    ...ofHeldBack(seen),
    ...ofWork(seen),
  ].sort((a, b) => rank(b.state) - rank(a.state));
  const isWell = findings.every(({ state }) => state === 'ok');
  const first = isWell ? [wellText(seen)] : [];
  const texts = [...first, ...findings.map(({ text }) => text)];
  const more = texts.length > SHOWN_MAX ? [`${texts.length - SHOWN_MAX} more`] : [];
  return {
    state: findings[0]?.state ?? 'ok',
    headline: [...texts.slice(0, SHOWN_MAX), ...more].join(' · '),
    actions: findings.flatMap(({ action }) => action ?? []).slice(0, ACTIONS_MAX),
  };
}

function rank(state: SummaryState): number {
  return SUMMARY_STATES.indexOf(state);
}

function wellText({ loading, deliveries: { in_flight, waiting } }: Observed): string {
  if (loading) return 'Reading the log: the figures still grow';
  return waiting + in_flight > 0 ? 'All well, delivering' : 'All well';
}

function ofBroker({ nowMs, brokerSeenAtMs, isBrokerFailing, missingTopic }: Observed): Finding[] {
  const silentMs = nowMs - (brokerSeenAtMs ?? -Infinity);
  const isAway = silentMs > (isBrokerFailing ? BROKER_FAILING_MS : BROKER_SILENT_MS);
  if (!isAway) return [];
  if (missingTopic !== null) {
    const text = 'Start a consumer or producer: it makes the topic';
    return [{ state: 'down', text: topicMissing(missingTopic), action: { text, href: '#/log' } }];
  }
  const since = Number.isFinite(silentMs) ? ` for ${Math.round(silentMs / 1_000)} s` : '';
  const action = { text: 'See the broker and its topics', href: '#/log' };
  return [{ state: 'down', text: `Kafka does not answer${since}`, action }];
}

/** On a large disk a small share is plenty, so both a share and a size must be short. */
function ofDisk({ disk }: Observed): Finding[] {
  if (disk === null) return [];
  const { free_bytes: free, total_bytes: total } = disk;
  const left = `${Math.floor(free / MIB).toLocaleString('en')} MiB left`;
  if (free < Math.min(total * 0.01, 512 * MIB)) {
    const action = { text: 'Free space on the disk of the data folder', href: '#/files' };
    return [{ state: 'failing', text: `The disk is full: ${left}`, action }];
  }
  if (free >= Math.min(total * 0.05, 4_096 * MIB)) return [];
  return [{ state: 'degraded', text: `The disk is nearly full: ${left}` }];
}

function ofConsumers({ consumers, alarms, deliveries, loading }: Observed): Finding[] {
  const left = deliveries.waiting + deliveries.retrying;
  const found: Finding[] = [];
  if (consumers === 0 && !loading) {
    const waiting = left > 0 ? `, and ${counted(left, 'delivery waits', 'deliveries wait')}` : '';
    const state = left > 0 ? 'down' : 'degraded';
    const action = { text: 'Start a consumer: npm run consumer', href: '#/log' };
    found.push({ state, text: `No consumer runs${waiting}`, action });
  }
  for (const { kind, detail } of alarms) {
    // The endpoints below say it themselves.
    if (kind === 'endpoint-behind') continue;
    const isNear = kind === 'retention-near';
    const text = isNear ? `Retention is near: ${detail}` : `${kind}: ${detail}`;
    found.push({ state: isNear ? 'failing' : 'degraded', text });
  }
  return found;
}

function ofEndpoints({ endpoints }: Observed): Finding[] {
  const isSwitchedOff = ({ state, disabled_reason: reason }: ObservedEndpoint) =>
    state === 'disabled' && reason === null;
  const isDisabled = ({ state, disabled_reason: reason }: ObservedEndpoint) =>
    state === 'disabled' && reason !== null;
  const found = (
    state: SummaryState,
    says: string,
    [verb, which]: readonly [verb: string, which: string],
    isOne: (one: ObservedEndpoint) => boolean,
  ): Finding[] => {
    const all = endpoints.filter(isOne);
    const [only] = all;
    if (!only) return [];
    const href = all.length === 1 ? `#/endpoints/${only.subscription ?? 'default'}` : '#/endpoints';
    const action = { text: `${verb} the ${which} endpoint${all.length === 1 ? '' : 's'}`, href };
    const left = all.reduce((sum, one) => sum + countWaiting(one), 0);
    const waiting = left > 0 ? `: ${counted(left, 'delivery waits', 'deliveries wait')}` : '';
    const text = `${counted(all.length, 'endpoint', 'endpoints')} ${says}${waiting}`;
    return [{ state, text, action }];
  };
  const isOpen = ({ state }: ObservedEndpoint) => state === 'circuit-open';
  const pauses = ({ state, resting_reason: reason }: ObservedEndpoint) =>
    reason !== null && !['circuit-open', 'paused', 'disabled'].includes(state);
  const pausesFor = (reason: RestingReason) => (one: ObservedEndpoint) =>
    pauses(one) && one.resting_reason === reason;
  const unreached = (what: string, reason: RestingReason) =>
    found('failing', `not reached: ${what} fails`, ['Look at', 'waiting'], pausesFor(reason));
  const isPaused = ({ state }: ObservedEndpoint) => state === 'paused';
  const isFailing = ({ state }: ObservedEndpoint) => state === 'failing';
  const hasItsReason = [isFailing, isOpen, isDisabled, isSwitchedOff, pauses, isPaused];
  return [
    ...found('failing', 'failing', ['Look at', 'failing'], isFailing),
    ...found('failing', 'failing, with the circuit open', ['Look at', 'failing'], isOpen),
    ...found('failing', 'disabled after failures', ['Repair', 'disabled'], isDisabled),
    ...unreached('the proxy', 'proxy'),
    ...unreached('the token server', 'token-server'),
    ...found('degraded', 'resting, as asked', ['Look at', 'resting'], pausesFor('retry-after')),
    ...found('degraded', 'paused', ['See and resume', 'paused'], isPaused),
    ...found('degraded', 'disabled', ['See and enable', 'disabled'], (one) => {
      return isSwitchedOff(one) && countWaiting(one) > 0;
    }),
    ...found('degraded', 'behind', ['Look at', 'slow'], (one) => {
      return one.behind !== null && one.behind > 0 && !hasItsReason.some((has) => has(one));
    }),
  ];
}

function ofDeadLetters({ deliveries }: Observed): Finding[] {
  const { dead_lettered: all, dead_lettered_last_hour: lately } = deliveries;
  if (all === 0) return [];
  const count = (number: number) => number.toLocaleString('en');
  const action = { text: 'Look at the dead letters', href: '#/dead-letters' };
  const old = `${counted(all, 'dead letter', 'dead letters')} to look at`;
  const recent = Math.min(all, lately);
  const text = recent > 0 ? `${count(recent)} dead in the last hour` : old;
  return [{ state: 'degraded', text, action }];
}

function ofBacklog({
  deliveries: { waiting },
  lagSeconds,
  loading,
  consumers,
}: Observed): Finding[] {
  if (waiting === 0 || lagSeconds < BEHIND_SECONDS || loading || consumers === 0) return [];
  const text = `Behind by ${counted(waiting, 'delivery', 'deliveries')}, ${ageText(lagSeconds)}`;
  return [{ state: 'degraded', text, action: { text: 'See where they wait', href: '#/log' } }];
}

/** A file that rests while much waits is how it should be; a caller that is refused is not. */
function ofHeldBack({ heldBack: { api, files }, reading, queued }: Observed): Finding[] {
  const action = { text: 'See where they wait', href: '#/log' };
  const wait = (count: number) => counted(count, 'record waits', 'records wait');
  if (api !== null) {
    const text = `The API answers 429: ${wait(api)}, which MAX_LAG does not allow`;
    return [{ state: 'degraded', text, action }];
  }
  if (files === null || reading + queued === 0) return [];
  return [{ state: 'ok', text: `Files rest: ${wait(files)}, which is MAX_LAG`, action }];
}

/** Work that goes on as it should. */
function ofWork({ replays, reading }: Observed): Finding[] {
  const found: Finding[] = [];
  const [replay, ...others] = replays;
  if (replay) {
    const share = Math.floor((100 * replay.read) / Math.max(1, replay.offsets));
    const text = others.length > 0 ? `${replays.length} replays run` : `A replay runs, ${share} %`;
    found.push({ state: 'ok', text, action: { text: 'Watch the replay', href: '#/replay' } });
  }
  const files = counted(reading, 'file is', 'files are');
  if (reading > 0) found.push({ state: 'ok', text: `${files} being read` });
  return found;
}

function counted(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
