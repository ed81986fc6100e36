import { addRoutes } from '../../common/http/route.ts';
import type { HttpApp } from '../../common/http/http-env.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import { deliveryRecordRoutes } from './delivery-routes.ts';
import type { DeliveryDeps } from './delivery-routes.ts';
import { topicRoutes } from './routes.ts';
import type { LogDeps } from './routes.ts';

type Given = Omit<LogDeps, 'others'> &
  Pick<DeliveryDeps, 'finder' | 'deadLetters' | 'redriver' | 'publisher' | 'bodyKeys'>;
interface Deps extends Role, Given {
  readonly app: HttpApp;
  /** Shows the records of source topics as they are. */
  readonly rawReader: LogDeps['reader'];
  readonly names: TopicNames;
  readonly subscriptions: Pick<CompactedTable<Subscription>, 'get'>;
}

/** The log as people see it: its topics and records, and the record of a delivery. */
export function openLog(deps: Deps): void {
  const { app, names, subscriptions, consumed } = deps;
  // The subscriptions hold secrets, and the claims to idempotency keys mean nothing to people.
  const others = [
    ...[names.deadLetters, names.attempts, names.files, names.fileProgress],
    ...[names.cancelledFiles, names.replays, names.redriveProgress, names.consumers],
  ];
  addRoutes(app, topicRoutes, { ...deps, reader: deps.rawReader, others });
  addRoutes(app, deliveryRecordRoutes, {
    ...deps,
    topic: names.deliveries,
    isDeliveries: (topic) => topic === names.deadLetters || consumed().includes(topic),
    isThere: (id) => (subscriptions.get(id)?.state ?? 'deleted') !== 'deleted',
  });
}
