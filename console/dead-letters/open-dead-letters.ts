import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { AttemptsView } from '../ledgers/attempts-view.ts';
import { BacklogGate } from '../republish/backlog-gate.ts';
import type { Ownership } from '../republish/ownership.ts';
import type { OffsetRanges } from '../republish/offset-ranges.ts';
import { PeriodicRedrive } from './periodic-redrive.ts';
import { Redriver } from './redriver.ts';
import { DeadLetterView } from './view.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';

interface Deps extends Role {
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly bodyKeys: BodyKeys;
  readonly counts: PartitionCounts;
  readonly redriven: CompactedTable<OffsetRanges>;
  readonly attempts: AttemptsView;
  readonly ownership: Ownership;
  /** Undelivered records of the whole system. */
  readonly fetchLag: () => Promise<number>;
  /** Ends redrives under way. */
  readonly signal: AbortSignal;
}

/** The dead letters as a view, and what puts them back: at the push of a button and by itself. */
export async function openDeadLetters(
  deps: Deps,
): Promise<{ readonly view: DeadLetterView; readonly redriver: Redriver }> {
  const { kafka, names, bodyKeys, config, logger, open, redriven, ownership } = deps;
  const topic = names.deadLetters;
  const view = new DeadLetterView({ kafka, topic, redriven, logger, onFatal: deps.fail });
  open.defer(() => view.close());
  await view.start();

  const { signal, attempts } = deps;
  const backlog = new BacklogGate({ fetchLag: deps.fetchLag, lagMax: config.MAX_LAG });
  // A redrive that ends early leaves the remaining dead letters to the next redrive.
  const attemptsPartitions = deps.counts.of(names.attempts);
  const redriving = { kafka, names, bodyKeys, logger, backlog, signal, attemptsPartitions };
  const redriver = new Redriver(redriving);
  open.defer(() => redriver.close());
  const { REDRIVE_INTERVAL: intervalMs } = config;
  if (intervalMs !== null) {
    const { endpoints } = attempts;
    // The owner of one partition, whichever it is.
    const isOurs = () => ownership.ownsForSure(0);
    const views = [redriven, view, attempts];
    const periodic = new PeriodicRedrive({
      ...{ intervalMs, isOurs, views, deadLetters: view, endpoints, redriven, redriver, logger },
    });
    periodic.start();
    open.defer(() => periodic.close());
  }
  return { view, redriver };
}
