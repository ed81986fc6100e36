import { messageOf } from '../../common/base/errors.ts';
import { INBOX_KEY } from '../../common/model/inbox-state.ts';
import type { InboxState } from '../../common/model/inbox-state.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { Publisher } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';

interface Deps {
  readonly publisher: Publisher;
  /** Compacted; holds what processes say of themselves. */
  readonly topic: string;
  readonly partitions: number;
  readonly logger: Logger;
}

const DEADLINE_MS = 5_000;

/**
 * Makes a function that publishes what is left in the inbox for the consoles, whenever that has
 * changed. It is to be called at every look: what could not be written is written by a later call.
 */
export function createInboxReport({ publisher, topic, partitions, logger }: Deps) {
  let published = '';
  let isWriting = false;
  return (state: InboxState): void => {
    const value = JSON.stringify(state);
    if (value === published || isWriting) return;
    published = value;
    isWriting = true;
    const partition = partitionOf(INBOX_KEY, partitions);
    publisher
      .publish({ topic, partition, key: INBOX_KEY, value, headers: {} }, DEADLINE_MS)
      .catch((error: unknown) => {
        published = '';
        logger.debug({ err: messageOf(error) }, 'inbox.state-not-written');
      })
      .finally(() => (isWriting = false));
  };
}
