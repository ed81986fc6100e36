import { randomBytes } from 'node:crypto';
import { waitAtMost } from '../../common/base/retry.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { readTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { FollowedTopic } from '../../common/kafka/consume/follow-topic.ts';
import type { Publisher } from '../../common/kafka/ports.ts';
import { withDeadline, whenLoaded } from '../../common/base/loaded.ts';
import type { Logger } from '../../common/base/logger.ts';
import { ClaimTable } from './claim-table.ts';
import { formatClaim } from './claims.ts';
import type { ClaimRecord, ClaimStatus } from './claims.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly publisher: Publisher;
  readonly topic: string;
  readonly partitions: number;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** A key and what is asked under it, as hashes in hexadecimal digits: 32 and 16 of them. */
export interface RequestKey {
  readonly key: string;
  readonly fingerprint: string;
}

/** `unfinished`: another request with this key has not ended within the time one may wait. */
export type Result = 'accepted' | 'repeated' | 'other-content' | 'unfinished';

const WHAT = 'the idempotency keys';
/** Time for a claim to be in the log and read back, in ms. */
const CLAIM_DEADLINE_MS = 5_000;
/**
 * Longest time that an answer waits for the record that its work is done, in ms; the work counts as
 * done in any case.
 */
const DONE_WAIT_MS_MAX = 1_000;
/** Longer than a lease, so that who waits for a process that died takes over. */
const WAIT_MS_MAX = 20_000;

/** Opens the topic of keys; it is read in the background. */
export async function openIdempotencyGuard(deps: Deps): Promise<IdempotencyGuard> {
  const table = new ClaimTable(deps.logger);
  const reader = await readTopic({ ...deps, onRecord: (record) => table.read(record) });
  return new IdempotencyGuard(deps, table, reader);
}

/**
 * Does things once for each idempotency key, whichever processes are asked. Who wants to act writes
 * a claim to the topic and reads the topic back: the first claim wins, the others wait for what
 * becomes of it. A winner that dies is replaced after its lease; what it had done by then is done
 * again, because nobody can know.
 */
export class IdempotencyGuard {
  private readonly deps: Deps;
  private readonly table: ClaimTable;
  private readonly reader: FollowedTopic;
  private readonly loaded: () => Promise<void>;

  constructor(deps: Deps, table: ClaimTable, reader: FollowedTopic) {
    this.deps = deps;
    this.table = table;
    this.reader = reader;
    this.loaded = whenLoaded(() => reader.caughtUp(), WHAT);
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  /**
   * Does the work unless it has been done under this key in the last 24 hours.
   *
   * @throws BrokerUnavailableError, and what `work` throws: then a later request may try again
   */
  async run(keyed: RequestKey, work: () => Promise<void>): Promise<Result> {
    await this.loaded();
    const deadlineMs = Date.now() + WAIT_MS_MAX;
    while (Date.now() < deadlineMs) {
      const known = this.table.get(keyed.key);
      if (known && known.fingerprint !== keyed.fingerprint) return 'other-content';
      if (known?.state === 'done') return 'repeated';
      const status = await this.claimAnd(keyed, work);
      if (status.kind === 'owner') return 'accepted';
      if (status.kind !== 'wait') return status.kind;
      const waitMs = Math.min(status.forMs, deadlineMs - Date.now());
      await this.table.change(keyed.key, waitMs);
    }
    return 'unfinished';
  }

  /** Claims the key; with the first claim, does the work. */
  private async claimAnd(keyed: RequestKey, work: () => Promise<void>): Promise<ClaimStatus> {
    const by = randomBytes(12).toString('base64url');
    const read = this.table.expect(by);
    try {
      const written = this.write(keyed, by, 'claimed', CLAIM_DEADLINE_MS);
      const status = await withDeadline(
        written.then(() => read),
        WHAT,
      );
      if (status.kind !== 'owner') return status;
      await work();
    } catch (error) {
      // A claim of which we do not know whether it is in the log is failed as well: it must not
      // stay there.
      this.write(keyed, by, 'failed', CLAIM_DEADLINE_MS).catch(() => {});
      throw error;
    } finally {
      this.table.expectNoMore(by);
    }
    // The work is done whatever becomes of this record, so it is tried for as long as we live.
    const written = this.write(keyed, by, 'done', Infinity).catch(() => {});
    await waitAtMost(written, DONE_WAIT_MS_MAX);
    return { kind: 'owner' };
  }

  private write(
    { key, fingerprint }: RequestKey,
    by: string,
    state: ClaimRecord['state'],
    deadlineMs: number,
  ): Promise<void> {
    const { publisher, topic, partitions } = this.deps;
    const value = formatClaim({ state, by, fingerprint });
    const partition = partitionOf(key, partitions);
    return publisher.publish({ topic, partition, key, value, headers: {} }, deadlineMs);
  }
}
