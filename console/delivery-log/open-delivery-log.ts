import { join, resolve } from 'node:path';
import type { HttpApp } from '../../common/http/app.ts';
import { addRoutes } from '../../common/http/route.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Position } from '../../common/kafka/log-record.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';
import { MESSAGE_SIGNATURE_HEADERS } from '../../common/security/http-signature.ts';
import type { Role } from '../../common/process/run-role.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { DeadLetterView } from '../dead-letters/view.ts';
import { readRecord } from '../query/read-record.ts';
import type { UnfinishedDeliveries } from '../unfinished/unfinished-deliveries.ts';
import { opened } from '../../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';
import type { AttemptRow } from './attempt-row.ts';
import { readableRow } from './readable-row.ts';
import { LogStore } from './log-store.ts';
import { DeliveryFinder } from './delivery-finder.ts';
import type { EndpointHeaders } from './sent-headers.ts';
import { LogFollower } from './follow.ts';
import { logRoutes } from './routes.ts';
import { seriesRoutes } from '../series/routes.ts';

interface Deps extends Role {
  readonly app: HttpApp;
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly subscriptions: CompactedTable<Subscription>;
  readonly unfinished: UnfinishedDeliveries;
  readonly deadLetters: Pick<DeadLetterView, 'list'>;
  readonly reader: Pick<PartitionReader, 'read'>;
  readonly bodyKeys: BodyKeys;
}

export interface DeliveryLog {
  readonly follower: LogFollower;
  readonly store: LogStore;
  readonly finder: DeliveryFinder;
}

const HOUR_MS = 3_600_000;

/** The delivery log: a database of the attempts, kept in DATA_DIR, and its routes. */
export async function openDeliveryLog(deps: Deps): Promise<DeliveryLog> {
  const { app, config, kafka, names, logger, open, fail: onFatal, subscriptions, bodyKeys } = deps;
  // By prefix: another system's attempts are none of ours.
  const path = join(resolve(config.DATA_DIR), 'log', `${config.TOPIC_PREFIX}.db`);
  const retentionMs = config.LOG_RETENTION_HOURS * HOUR_MS;
  const store = new LogStore({ path, retentionMs, logger, onFatal });
  open.defer(() => store.close());
  const topic = names.attempts;
  const follower = new LogFollower({ kafka, topic, store, logger, onFatal });
  open.defer(() => follower.close());
  await follower.start();
  const finder = new DeliveryFinder({
    store,
    unfinished: deps.unfinished,
    isDeadLetter: async (id, subscription) => {
      const filter = { id, subscription, user: null, status: null, error: null, sinceMs: null };
      return (await deps.deadLetters.list(filter, null, 1)).length > 0;
    },
    caughtUp: () => follower.caughtUp(),
    retentionHours: config.LOG_RETENTION_HOURS,
  });
  const isSubscription = (id: string) => subscriptions.get(id) !== undefined;
  const recordAt = async (at: Position) => {
    const found = await readRecord(deps.reader, at);
    return found && (opened(found, bodyKeys) ?? { ...found, value: null });
  };
  const endpointHeaders = (id: string | null): EndpointHeaders => {
    if (id === null) return { names: [], isSigned: config.WEBHOOK_SECRET.length > 0 };
    const subscription = subscriptions.get(id);
    const isSigned = (subscription?.secrets.length ?? 0) > 0;
    const signsMessages = subscription?.signatures.some((one) => one.startsWith('rfc9421-'));
    const own = Object.keys(subscription?.headers ?? {});
    if (subscription?.oauth2) own.push('authorization');
    const names = signsMessages ? [...own, ...MESSAGE_SIGNATURE_HEADERS] : own;
    const format = subscription?.format ?? 'standard';
    if (format === 'standard') return { names, isSigned };
    return { names, isSigned, bodyForm: { format, source: config.CLOUDEVENTS_SOURCE } };
  };
  const readable = (row: AttemptRow) => readableRow(row, bodyKeys);
  const shown = { recordAt, readable, endpointHeaders };
  addRoutes(app, logRoutes, { store, finder, isSubscription, ...shown });
  addRoutes(app, seriesRoutes, { store, isSubscription });
  return { follower, store, finder };
}
