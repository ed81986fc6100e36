import type { BatchNumber } from '../protocol/encode-produce.ts';

const EPOCH_MAX = 32_767;
const SEQUENCE_COUNT = 2 ** 31;

/**
 * The numbers of one partition's batches. A broker writes a batch only if its sequence follows the
 * one before it, and knows a repeat by its numbers. One batch is unresolved at a time, so a batch
 * that is sent again under the same numbers is written once, whatever became of the first request.
 *
 * When the broker expects other numbers, counting begins again under a higher epoch, which only
 * this partition uses; a late copy of an older request is then refused by its epoch.
 *
 * @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-98
 * @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-360
 */
export class BatchNumbers {
  private current: BatchNumber | null = null;

  /**
   * The numbers of the unresolved batch, or of the next one.
   *
   * @param producer whose numbers are taken where there are none yet
   */
  of(producer: Pick<BatchNumber, 'producerId' | 'epoch'>): BatchNumber {
    const { producerId, epoch } = producer;
    return (this.current ??= { producerId, epoch, sequence: 0 });
  }

  /** A batch of so many records is in the log. */
  written(count: number): void {
    if (!this.current) return;
    const sequence = (this.current.sequence + count) % SEQUENCE_COUNT;
    this.current = { ...this.current, sequence };
  }

  /**
   * Counts from 0 again, under the next epoch.
   *
   * @returns false when this producer id has no more epochs: another id has to be taken
   */
  restart(): boolean {
    if (!this.current) return true;
    const { producerId, epoch } = this.current;
    const isLast = epoch >= EPOCH_MAX;
    this.current = isLast ? null : { producerId, epoch: epoch + 1, sequence: 0 };
    return !isLast;
  }
}
