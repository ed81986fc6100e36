import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { createTransactionalWriter } from '../../common/kafka/produce/transactional-writer.ts';
import type { PartitionCounts } from '../../common/kafka/admin/topic-admin.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';
import type { Consumers } from '../cluster/consumers.ts';
import type { AttemptsView } from '../ledgers/attempts-view.ts';
import type { Ownership } from '../republish/ownership.ts';
import { Alerts } from './alerts.ts';

interface Deps extends Role {
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly counts: PartitionCounts;
  readonly watch: Pick<TopicWatch, 'partitions'>;
  readonly consumers: Consumers;
  readonly attempts: AttemptsView;
  readonly subscriptions: SubscriptionTable;
  readonly ownership: Ownership;
}

/** Window in which dead letters are counted. */
const WINDOW_MINUTES = 5;

/** Reports alarms and bursts of dead letters, for as long as this console is the one that does. */
export function openAlerts(deps: Deps): void {
  const { kafka, names, counts, watch, consumers, attempts, subscriptions, ownership } = deps;
  const { config, logger, open } = deps;
  const alerts = new Alerts({
    isOurs: () => ownership.ownsForSure(0),
    observe: () => ({
      alarms: consumers.states().flatMap(({ alarms }) => alarms),
      deadLately: attempts.deadLately.sum(Date.now(), WINDOW_MINUTES),
      windowMinutes: WINDOW_MINUTES,
      deadMin: config.ALERT_DEAD_LETTERS,
    }),
    state: () => consumers.alerts(),
    caughtUp: () => consumers.caughtUp(),
    subscriptions: () => [...subscriptions.entries()].map(([, subscription]) => subscription),
    openWriter: () => {
      const transactionalId = names.alertsTransactionalId;
      return createTransactionalWriter({ kafka, transactionalId, logger });
    },
    topic: names.consumers,
    partitions: counts.of(names.consumers),
    deliveries: {
      topic: names.deliveries,
      partitionOf: (key) => partitionOf(key, watch.partitions),
    },
    logger,
  });
  alerts.start();
  open.defer(() => alerts.close());
}
