import type { FileProgress } from '../common/file-progress.ts';
import type { CompactedTable } from '../common/kafka/types.ts';
import type { TopicNames } from '../common/topics.ts';
import type { AttemptsView } from './attempts-view.ts';
import type { ClusterWatch } from './cluster-watch.ts';

interface Parts {
  readonly names: TopicNames;
  readonly webhookUrl: string;
  readonly progress: CompactedTable<FileProgress>;
  readonly attempts: AttemptsView;
  readonly cluster: ClusterWatch;
}

/** Files that `/status` lists; `/files` has more. */
const FILES_IN_STATUS = 20;

/** The ledger of one file: rows = delivered + retrying + dead + rejected + pending. */
export function fileView(progress: FileProgress, attempts: AttemptsView) {
  const { id, name, state, bytes, bytesRead, rows, rejected, startedAt, finishedAt } = progress;
  const { delivered, retrying, dead } = attempts.files.counts(id);
  const pending = Math.max(0, rows - rejected - delivered - retrying - dead);
  return {
    id,
    name,
    state,
    bytes,
    bytesRead,
    rows,
    rejected,
    delivered,
    retrying,
    dead,
    pending,
    startedAt,
    finishedAt,
    ...(progress.error && { error: progress.error }),
  };
}

export type FileView = ReturnType<typeof fileView>;

/** Files, newest first: ids begin with their time. */
export function listFiles({ progress, attempts }: Parts, limit: number): readonly FileView[] {
  const newest = [...progress.entries()].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, limit);
  return newest.map(([, one]) => fileView(one, attempts));
}

/** Everything that a person asks first. */
export function systemStatus(parts: Parts, nowMs: number) {
  const { cluster, attempts, names, progress } = parts;
  const totals = attempts.totals();
  const main = cluster.topics.find(({ topic }) => topic === names.deliveries);
  const states = { queued: 0, reading: 0, done: 0, failed: 0 };
  for (const [, { state }] of progress.entries()) states[state] += 1;
  return {
    // While attempts are still being read the counts below only grow.
    loading: !attempts.isLoaded,
    brokers: cluster.brokers,
    brokerSeenAt: cluster.seenAtMs === null ? null : new Date(cluster.seenAtMs).toISOString(),
    topics: cluster.topics,
    files: { ...states, latest: listFiles(parts, FILES_IN_STATUS) },
    deliveries: {
      delivered: totals.delivered,
      // Accepted and not yet decided: what the group has not committed of the deliveries topic.
      inFlight: main?.lag ?? 0,
      retrying: totals.retrying,
      deadLettered: totals.dead,
    },
    endpoints: [attempts.endpoint.status(null, parts.webhookUrl, nowMs)],
    consumers: cluster.members.map(({ clientId, host, partitions }) => ({
      clientId,
      host,
      partitions: partitions[names.deliveries] ?? [],
    })),
  };
}

export type SystemStatus = ReturnType<typeof systemStatus>;
