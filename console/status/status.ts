import { fileStateOf } from '../../common/model/file-progress.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Sources } from '../../common/sources/sources.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { AttemptsView } from '../ledgers/attempts-view.ts';
import type { ClusterWatch } from '../cluster/cluster-watch.ts';
import type { Consumers } from '../cluster/consumers.ts';
import { endpointLine, reportsByEndpoint } from '../ledgers/endpoint-list.ts';
import type { EndpointView } from '../ledgers/endpoint-view.ts';
import { replayView } from '../replay/replay-view.ts';
import type { ReplayState } from '../replay/replay-state.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import { fileView } from './file-view.ts';
import { deliveryCounts } from './delivery-counts.ts';
import type { FileView, SystemStatus } from './schemas.ts';
import type { ShownSettings } from './shown-settings.ts';
import type { Sampler } from './sampler.ts';
import { oldestWaitingSeconds } from './oldest-waiting.ts';
import { sourceStatus } from './source-status.ts';
import type { SourceRates } from './source-status.ts';
import { summarize } from './summary.ts';
import type { IngestGates } from './ingest-gates.ts';
import type { Observed } from './summary.ts';
import { BY_REQUEST } from '../../common/model/subscription.ts';
import { isInTrouble } from '../subscriptions/change.ts';
import type { WarmUp } from './warm-up.ts';

export interface StatusParts {
  readonly names: TopicNames;
  readonly webhookUrl: string;
  readonly settings: ShownSettings;
  /** Absolute path of the folder where files are dropped. */
  readonly inbox: string;
  readonly progress: CompactedTable<FileProgress>;
  readonly attempts: AttemptsView;
  readonly cluster: ClusterWatch;
  readonly consumers: Pick<Consumers, 'states' | 'inbox'>;
  readonly subscriptions: Pick<SubscriptionTable, 'entries' | 'defaultEndpoint'>;
  readonly warmUp: Pick<WarmUp, 'isOver'>;
  readonly replays: Pick<CompactedTable<ReplayState>, 'entries'>;
  readonly sampler: Pick<Sampler, 'disk'>;
  readonly sources: Pick<Sources, 'all' | 'stateOf'>;
  readonly rates: Pick<SourceRates, 'of'>;
  readonly ingestGates: IngestGates;
  /** State that `/health/ready` reports. */
  readonly notReady: () => string | null;
}

/** Files that `/status` lists; `/files` has more. */
const FILES_IN_STATUS = 20;
const ENDPOINTS_IN_STATUS = 50;
/** Twice as long as the watch of an idle broker rests. */
const FIGURES_OLD_MS = 6_000;

/** Files, newest first: ids begin with their time. */
export function listFiles(parts: StatusParts, limit: number): FileView[] {
  const newest = [...parts.progress.entries()].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, limit);
  return newest.map(([, one]) => fileView(one, parts));
}

/** Entries of the inbox that are not taken, or not yet, and why. */
export function leftInInbox({ consumers }: Pick<StatusParts, 'consumers'>) {
  const { leftInInbox: left, leftCount } = consumers.inbox();
  return { left_in_inbox: [...left], left_in_inbox_count: leftCount };
}

/** The default endpoint, then the subscriptions in trouble, then those attempted last. */
export function listEndpoints(parts: StatusParts, nowMs: number): EndpointView[] {
  const { attempts, subscriptions, webhookUrl, cluster } = parts;
  const reports = reportsByEndpoint(parts.consumers.states());
  const line = (id: string | null, url: string) => {
    const status = attempts.endpoints.of(id).status(id, url, nowMs);
    const behind = cluster.behind.get(id ?? DEFAULT_ENDPOINT_ID);
    return endpointLine(status, reports.get(id) ?? [], behind, nowMs);
  };
  const all = [...subscriptions.entries()].map(([, subscription]) => subscription);
  const attempted = new Set(attempts.endpoints.subscriptions());
  const inTrouble = new Set(
    all.filter((one) => isInTrouble(one) || one.isPaused === true).map(({ id }) => id),
  );
  // A delivery that waits may be the first that an endpoint has ever got.
  const waits = (id: string) =>
    cluster.behind.has(id) || reports.get(id)?.some(({ waiting }) => waiting > 0);
  const concerned = all.filter(({ id, state }) => {
    return state !== 'deleted' && (attempted.has(id) || inTrouble.has(id) || waits(id));
  });
  const others = concerned.map((subscription) => {
    const { id, targetUrl, state, isPaused, disabledReason, failing } = subscription;
    const failing_since = failing && new Date(failing.since).toISOString();
    const shown = { ...line(id, targetUrl), disabled_reason: disabledReason, failing_since };
    if (state === 'disabled') return { ...shown, state };
    return isPaused ? { ...shown, state: 'paused' as const } : shown;
  });
  const order = ({ subscription, last_attempt_at }: EndpointView) =>
    `${inTrouble.has(subscription ?? '') ? 1 : 0} ${last_attempt_at ?? ''}`;
  const first = others.sort((a, b) => (order(a) < order(b) ? 1 : -1));
  const standard = line(null, webhookUrl);
  const isStandardPaused = subscriptions.defaultEndpoint().isPaused === true;
  return [isStandardPaused ? { ...standard, state: 'paused' } : standard, ...first];
}

/** Everything that a person asks first. */
export function systemStatus(parts: StatusParts, nowMs: number): SystemStatus {
  const { cluster, names, progress, warmUp, sampler } = parts;
  const reported = parts.consumers.states();
  const states = { queued: 0, reading: 0, done: 0, failed: 0, cancelled: 0 };
  for (const [, file] of progress.entries()) states[fileStateOf(file)] += 1;
  const endpoints = listEndpoints(parts, nowMs);
  const replays = [...parts.replays.entries()].map(([, replay]) => replay);
  const shown = {
    // The counts below only grow while the log is still being read.
    loading: !warmUp.isOver,
    not_ready: parts.notReady(),
    brokers: [...cluster.brokers],
    broker_seen_at: cluster.seenAtMs === null ? null : new Date(cluster.seenAtMs).toISOString(),
    topics: cluster.topics.map(({ lagSeconds, ...topic }) => ({
      ...topic,
      lag_seconds: lagSeconds,
    })),
    sources: sourceStatus(parts.sources, cluster.topics, parts.rates),
    disk: sampler.disk,
    settings: parts.settings,
    inbox: parts.inbox,
    files: { ...states, latest: listFiles(parts, FILES_IN_STATUS), ...leftInInbox(parts) },
    deliveries: countDeliveries(parts, nowMs),
    oldest_waiting_seconds: oldestWaitingSeconds(lagsOf(cluster.topics), endpoints),
    consumers: cluster.members.map(({ clientId, host, partitions }) => ({
      client_id: clientId,
      host,
      partitions: [...(partitions[names.deliveries] ?? [])],
      alarms: reported.find((one) => one.clientId === clientId)?.alarms ?? [],
    })),
    replays: replays.filter(({ state }) => state === 'running').map(replayView),
  };
  const summary = summarize(observedOf(parts, { ...shown, endpoints }, nowMs));
  return { summary, ...shown, endpoints: endpoints.slice(0, 1 + ENDPOINTS_IN_STATUS) };
}

const lagsOf = (topics: StatusParts['cluster']['topics']) =>
  topics.map(({ lagSeconds }) => lagSeconds);

/** Figures of the whole system, which the plots have too; null while the broker is away. */
export function figuresNow(parts: StatusParts, nowMs: number) {
  const { seenAtMs, topics } = parts.cluster;
  if (seenAtMs === null || nowMs - seenAtMs > FIGURES_OLD_MS) return null;
  return {
    waiting: countDeliveries(parts, nowMs).waiting,
    lagSeconds: oldestWaitingSeconds(lagsOf(topics), listEndpoints(parts, nowMs)),
  };
}

function countDeliveries(parts: StatusParts, nowMs: number): SystemStatus['deliveries'] {
  const { attempts, cluster } = parts;
  const { counts, unfinished, inFlight } = deliveryCounts(parts);
  // Deliveries are not retried any more once somebody has set the group's offsets beyond them.
  const retrying = Math.min(counts.retrying, unfinished);
  return {
    delivered: counts.delivered,
    // In the log, and neither finished nor waiting between two attempts. With ORDERING=key
    // retries wait in the deliveries topic too, so the topics alone do not tell.
    waiting: Math.max(0, unfinished - retrying - inFlight),
    in_flight: inFlight,
    retrying,
    // From the topic itself: the attempts that led there may have expired.
    dead_lettered: cluster.deadLetters,
    dead_lettered_last_hour: attempts.deadLately.sum(nowMs),
    cancelled: counts.cancelled,
  };
}

/** Returns the figures that the summary is made of. */
function observedOf(
  { cluster, ingestGates }: StatusParts,
  {
    loading,
    disk,
    consumers,
    deliveries,
    topics,
    endpoints,
    ...shown
  }: Omit<SystemStatus, 'summary'>,
  nowMs: number,
): Observed {
  return {
    ...{ nowMs, loading, disk, deliveries },
    ...{ brokerSeenAtMs: cluster.seenAtMs, isBrokerFailing: cluster.isFailing },
    missingTopic: cluster.missingTopic,
    consumers: consumers.length,
    alarms: consumers.flatMap(({ alarms }) => alarms),
    lagSeconds: Math.max(0, ...topics.map(({ lag_seconds }) => lag_seconds)),
    endpoints: endpoints.map((one) => ({
      ...one,
      disabled_reason: one.disabled_reason === BY_REQUEST ? null : one.disabled_reason,
    })),
    replays: shown.replays,
    ...{ reading: shown.files.reading, queued: shown.files.queued },
    heldBack: ingestGates.look(cluster.topics),
  };
}
