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

/**
 * The topics besides those of deliveries that people may look into, and who reads each. The
 * subscriptions hold secrets, and the claims to idempotency keys mean nothing to people.
 */
function readersOf(names: TopicNames): ReadonlyMap<string, string> {
  const { deadLetters, attempts, files, fileGroup, fileProgress, cancelledFiles } = names;
  const { replays, redriveProgress, consumers } = names;
  const whole = [attempts, fileProgress, cancelledFiles, replays, redriveProgress, consumers];
  return new Map([
    [deadLetters, 'consoles and redrives, from the place that they need'],
    [files, `the producers that read files, as group ${fileGroup}`],
    ...whole.map((topic): [string, string] => [topic, 'each process that needs it, as a whole']),
  ]);
}

/** The log as people see it: its topics and records, and the record of a delivery. */
export function openLog(deps: Deps): void {
  const { app, names, subscriptions, consumed } = deps;
  addRoutes(app, topicRoutes, { ...deps, reader: deps.rawReader, others: readersOf(names) });
  addRoutes(app, deliveryRecordRoutes, {
    ...deps,
    topic: names.deliveries,
    isDeliveries: (topic) => topic === names.deadLetters || consumed().includes(topic),
    isThere: (id) => (subscriptions.get(id)?.state ?? 'deleted') !== 'deleted',
  });
}
