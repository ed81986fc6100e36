import type { Alarm, ConsumerState } from '../common/model/consumer-state.ts';
import type { CursorStore } from '../common/kafka/consume/cursor-store.ts';
import type { Recipients } from '../common/subscriptions/fan-out.ts';
import type { Sources } from '../common/sources/sources.ts';
import type { Committed } from '../common/kafka/admin/offsets.ts';
import type { PartitionReader } from '../common/kafka/consume/partition-reader.ts';
import type { Assignment } from '../common/kafka/ports.ts';
import type { Logger } from '../common/base/logger.ts';
import type { BodyKeys } from '../common/user-keys/body-keys.ts';
import type { Tracing } from '../common/tracing/tracing.ts';
import type { Endpoints } from './endpoint/endpoints.ts';
import type { PartitionState } from './partition/partition-state.ts';
import type { DeliveredBefore, Orphan } from './partition/delivered-before.ts';
import type { SettledPositions } from './settled/settled-positions.ts';
import type { LogHistory } from './log/log-history.ts';
import type { CancelledFiles } from './schedule/cancelled-files.ts';
import type { OutcomeWriter } from './outcome/outcome-writer.ts';

/** Dependencies of the engine, and the callbacks for its reports. */
export interface EngineDeps {
  /** Client id of this process; commits carry it. */
  readonly owner: string;
  readonly concurrency: number;
  /** Topic of the bulk lane. */
  readonly bulkTopic: string;
  /** How long the lanes keep a record; null: for ever. */
  readonly retentionMs: number | null;
  readonly endpoints: Endpoints;
  readonly recipients: Recipients;
  readonly sources: Pick<
    Sources,
    'read' | 'isReadable' | 'settle' | 'whyCancelled' | 'onChange' | 'isNotRead'
  >;
  /** Makes what knows below which position nothing comes again. */
  readonly openSettled: (partitions: () => ReadonlyMap<string, PartitionState>) => SettledPositions;
  readonly outcomeWriter: OutcomeWriter;
  readonly cancelledFiles: CancelledFiles;
  readonly bodyKeys: BodyKeys;
  /** How many partitions of each topic are ours has changed. */
  readonly onShareChanged: (assignment: Assignment) => void;
  readonly committed: (topics: readonly string[]) => Promise<Committed>;
  readonly cursors: CursorStore;
  /** Reads what the head has passed over. */
  readonly reader: PartitionReader;
  /** The topics of first attempts. */
  readonly lanes: readonly string[];
  /**
   * Reads from the log of attempts the deliveries of partitions whose owner has died, by
   * `topic/partition`.
   */
  readonly delivered: (orphans: readonly Orphan[]) => Promise<ReadonlyMap<string, DeliveredBefore>>;
  readonly attemptsPendingSinceMs: () => number;
  readonly liveOwners: () => Promise<ReadonlySet<string>>;
  /** Longer than any request of another member can be under way. */
  readonly waitMsMax: number;
  readonly logs: LogHistory;
  /** Learns what positions in the log mean now; a failure has the assignment tried again. */
  readonly look: () => Promise<void>;
  /** Returns further alarms for people; called once a second. */
  readonly notices: () => readonly Alarm[];
  /** How many endpoints a report names at most: enough for the consoles and for the metrics. */
  readonly endpointsReported: number;
  /** Gets once a second how the engine is. */
  readonly report: (state: Omit<ConsumerState, 'clientId'>) => void;
  readonly tracing?: Tracing | undefined;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}
