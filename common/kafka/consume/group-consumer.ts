import type { Consumer } from 'kafkajs';
import type { Logger } from '../../base/logger.ts';
import type { GroupHandlers, PackedHandlers } from '../ports.ts';
import { coPartitionedSticky } from './assigner.ts';
import { METADATA_MAX_AGE_MS } from '../client/connection.ts';
import type { KafkaConnection } from '../client/connection.ts';

/** How long the partitions of a process that was killed wait for their next owner. */
export const SESSION_MS = 10_000;
/** A rebalance is noticed with a heartbeat, so this bounds how long one takes. */
export const HEARTBEAT_MS = 1_000;
/** Delay until a partition that was paused is fetched again, in ms. */
export const RESUME_WAIT_MS = 100;

/** Dependencies of a membership. */
export interface GroupDeps {
  readonly kafka: KafkaConnection;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly handlers: GroupHandlers | PackedHandlers;
  readonly logger: Logger;
  /** The consumer is dead and will not come back by itself: the process must end. */
  readonly onFatal: (error: unknown) => void;
  /** Delay until a partition that was paused is fetched again, in ms. */
  readonly resumeWaitMs?: number;
}

/** kafkajs' consumer as `joinGroup` uses it. */
export function createGroupConsumer(
  { kafka, groupId }: { readonly kafka: KafkaConnection; readonly groupId: string },
  hooks: Parameters<typeof coPartitionedSticky>[0],
): Consumer {
  return kafka.client.consumer({
    groupId,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: 30_000,
    // `hooks.fetchWait` sets the wait before each fetch.
    maxWaitTimeInMs: RESUME_WAIT_MS,
    maxBytesPerPartition: 512 * 1024,
    maxBytes: 4 * 1024 ** 2,
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    partitionAssigners: [coPartitionedSticky(hooks)],
  });
}
