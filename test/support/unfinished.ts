import { recipientsOf } from './recipients.ts';
import type { TestContext } from 'node:test';
import { UNCHANGED } from '../../common/subscriptions/default-endpoint.ts';
import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import { openGroupView } from '../../common/kafka/admin/group-view.ts';
import { openPartitionReader } from '../../common/kafka/consume/partition-reader.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { QueueCursor } from '../../console/unfinished/queue-cursor.ts';
import type { QueueFilter, QueuePage } from '../../console/unfinished/queue-page.ts';
import { UnfinishedDeliveries } from '../../console/unfinished/unfinished-deliveries.ts';
import type { Unfinished } from '../../console/unfinished/unfinished-deliveries.ts';
import type { DeliverySystem } from './delivery.ts';

const logger = createLogger('test', 'silent');

/** Reads page after page. */
export async function pagesOf(
  unfinished: UnfinishedDeliveries,
  query: { filter: QueueFilter; limit: number },
): Promise<QueuePage<string>[]> {
  const pages: QueuePage<string>[] = [];
  for (let from: QueueCursor | null = null; ;) {
    const show = (all: readonly Unfinished[]) =>
      Promise.resolve(all.map(({ delivery }) => delivery.id));
    const page: QueuePage<string> = await unfinished.page({ ...query, from }, show);
    pages.push(page);
    if (page.next === null) return pages;
    from = page.next;
  }
}

/** Opens a search for deliveries in the log, with limits set by the test. */
export async function searchInProcess(
  t: TestContext,
  { kafka, names }: DeliverySystem,
  limits: { bytes: number; ms: number },
  file?: { id: string; startedAt: string; rows: number },
  cursors: Pick<CursorStore, 'load'> = { load: () => Promise.resolve([]) },
): Promise<UnfinishedDeliveries> {
  const view = await openGroupView(kafka, names.deliveryGroup);
  t.after(() => view.close());
  const reader = await openPartitionReader({ kafka, logger });
  t.after(() => reader.close());
  const progress = { finishedAt: null, ...file };
  return new UnfinishedDeliveries({
    ...{ view, reader, limits, names },
    cursors,
    recipients: recipientsOf(),
    subscriptions: { get: () => undefined, defaultEndpoint: () => UNCHANGED },
    consumers: { states: () => [] },
    progress: { get: (id) => (id === file?.id ? (progress as never) : undefined) },
  });
}
