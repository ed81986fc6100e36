import type { Logger } from '../../base/logger.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { readTopic } from './follow-topic.ts';
import type { CompactedTable } from '../ports.ts';

interface Deps<Value> {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  /** A value as text, or null when it cannot be understood, which is logged and passed over. */
  readonly parse: (text: string) => Value | null;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** The process that the table is a part of. */
interface RoleDeps {
  readonly kafka: KafkaConnection;
  readonly logger: Logger;
  /** Resources that are closed when the process ends. */
  readonly open: AsyncDisposableStack;
  /** Ends it. */
  readonly fail: (reason: unknown) => void;
}

/**
 * Opens a compacted topic as a live map, which is filled in the background: a caller that needs all
 * of it waits for `caughtUp`, which an open transaction of a process that died may hold up for half
 * a minute.
 */
export async function openCompactedTable<Value>(deps: Deps<Value>): Promise<CompactedTable<Value>> {
  const { parse, topic, logger } = deps;
  const values = new Map<string, Value>();
  const listeners: ((key: string, value: Value | undefined) => void)[] = [];

  const reader = await readTopic({
    ...deps,
    onRecord: ({ key, value, partition, offset }) => {
      if (key === null) return;
      const parsed = value === null ? undefined : parse(value.toString());
      if (parsed === null) {
        logger.error({ topic, partition, offset, key }, 'table.value-not-understood');
        return;
      }
      if (parsed === undefined) values.delete(key);
      else values.set(key, parsed);
      for (const listener of listeners) listener(key, parsed);
    },
  });

  return {
    get: (key) => values.get(key),
    entries: () => values.entries(),
    get size() {
      return values.size;
    },
    caughtUp: (partition) => reader.caughtUp(partition),
    onChange: (listener) => void listeners.push(listener),
    close: () => reader.close(),
  };
}

/**
 * Opens a compacted topic as a live map for as long as the process runs. The process ends when the
 * topic can no longer be read.
 */
export async function openRoleTable<Value>(
  { kafka, logger, open, fail: onFatal }: RoleDeps,
  topic: string,
  parse: Deps<Value>['parse'],
): Promise<CompactedTable<Value>> {
  const table = await openCompactedTable({ kafka, topic, parse, logger, onFatal });
  open.defer(() => table.close());
  return table;
}
