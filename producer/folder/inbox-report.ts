import { messageOf } from '../../common/base/errors.ts';
import { INBOX_KEY } from '../../common/model/inbox-state.ts';
import type { InboxState } from '../../common/model/inbox-state.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { Publisher } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import { namedFirst } from './left-list.ts';

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
  const parts = new Map<string, InboxState>();
  let published = '';
  let isWriting = false;
  return (part: 'folder' | 'buckets', state: InboxState): void => {
    parts.set(part, state);
    const states = [...parts.values()];
    const whole: InboxState = {
      leftInInbox: namedFirst(states.flatMap(({ leftInInbox }) => leftInInbox)),
      leftCount: states.reduce((sum, { leftCount }) => sum + leftCount, 0),
    };
    const value = JSON.stringify(whole);
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
