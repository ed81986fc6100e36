import { parseFileRowId } from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { firstUnfinished, isFinished } from './positions.ts';
import type { PartitionPosition } from './positions.ts';
import { deliveriesIn } from './queued-delivery.ts';
import type { QueuedDelivery } from './queued-delivery.ts';
import type { QueueCursor } from './queue-cursor.ts';
import { SearchBudget } from './search-budget.ts';
import type { SearchLimits } from './search-budget.ts';

interface Deps {
  readonly reader: Pick<PartitionReader, 'read'>;
  readonly view: Pick<GroupView, 'offsetsAt'>;
  readonly recipients: Pick<Recipients, 'of'>;
  readonly limits: SearchLimits;
}

/** Every condition that is there must hold. */
export interface QueueFilter {
  /** The id of a subscription, or `default`. */
  readonly endpoint?: string | undefined;
  readonly user?: string | undefined;
  readonly eventType?: string | undefined;
  /** The id of a file. */
  readonly file?: string | undefined;
  /** When the record was written, ms since 1970: from the first on, before the second. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export interface QueuePage<View> {
  readonly deliveries: readonly View[];
  /** null: there are no more. */
  readonly next: QueueCursor | null;
  /** Whether the page ended at the limit of what one request may read. */
  readonly isLimitMet: boolean;
}

export interface QueueQuery<View> {
  readonly filter: QueueFilter;
  readonly from: QueueCursor | null;
  readonly limit: number;
  /** Returns what is shown of each unfinished delivery; null hides the delivery. */
  readonly show: (
    deliveries: readonly QueuedDelivery[],
    position: PartitionPosition,
  ) => Promise<readonly (View | null)[]>;
}

/** Offsets of a partition that are still to be read. */
interface Window {
  readonly position: PartitionPosition;
  /** Index of its topic. */
  readonly topic: number;
  next: number;
  /** Offset within the record at `next`, as in a cursor. */
  after: string;
}

const READ_BYTES = 256 * 1024;
/** Deliveries that are looked up together, as each question to the database takes its time. */
const SHOWN_AT_ONCE = 200;
/** Writers stamp their records themselves, so a partition's times ascend only nearly. */
const OUT_OF_ORDER_MS = 60_000;

/**
 * Reads a page of unfinished deliveries: partition after partition, each from its first unfinished
 * record on.
 *
 * @param positions partitions of the topics that a cursor counts, in their order
 * @throws BrokerUnavailableError
 */
export async function readQueuePage<View>(
  deps: Deps,
  positions: readonly PartitionPosition[],
  query: QueueQuery<View>,
): Promise<QueuePage<View>> {
  const budget = new SearchBudget(deps.limits);
  const until = (query.filter.until ?? Infinity) + OUT_OF_ORDER_MS;
  const deliveries: View[] = [];
  for (const window of await windowsOf(deps, positions, query)) {
    const { position, topic } = window;
    const { partition, high } = position;
    while (window.next < high) {
      const { next: offset, after } = window;
      const here = { topic, partition, offset, after };
      if (budget.isSpent) return { deliveries, next: here, isLimitMet: true };
      const at = { topic: position.topic, partition, offset, maxBytes: READ_BYTES };
      const { records, readTo } = await deps.reader.read(at);
      budget.spend(records);
      const next = await take(deps, records, window, query, deliveries);
      if (next) return { deliveries, next, isLimitMet: false };
      const isPast = (records.at(-1)?.timestampMs ?? 0) >= until;
      window.next = isPast || readTo <= offset ? high : readTo;
      window.after = '';
    }
  }
  return { deliveries, next: null, isLimitMet: false };
}

/** Returns the unread part of each partition, in the order of reading. */
async function windowsOf<View>(
  { view }: Deps,
  positions: readonly PartitionPosition[],
  { filter, from }: QueueQuery<View>,
): Promise<Window[]> {
  const { user, endpoint, since } = filter;
  const byTopic = [...Map.groupBy(positions, ({ topic }) => topic)];
  const windows: Window[] = [];
  for (const [topic, [name, own]] of byTopic.entries()) {
    const offsets = since === undefined ? null : await view.offsetsAt(name, since);
    // Most of a user's records lie in one partition, so that a page is filled from it at once.
    const first = user === undefined ? -1 : partitionOf(user, own.length);
    const isFirst = ({ partition }: PartitionPosition) => (partition === first ? 0 : 1);
    for (const position of own.toSorted((a, b) => isFirst(a) - isFirst(b))) {
      const sinceOffset = offsets?.get(position.partition) ?? 0;
      const next = Math.max(firstUnfinished(position, endpoint), sinceOffset);
      windows.push({ position, topic, next, after: '' });
    }
  }
  if (!from) return windows;
  const isFrom = ({ position, topic }: Window) =>
    topic === from.topic && position.partition === from.partition;
  const left = windows.slice(Math.max(0, windows.findIndex(isFrom)));
  const [current] = left;
  if (current && isFrom(current) && current.next <= from.offset) {
    current.next = from.offset;
    current.after = from.after;
  }
  return left;
}

/**
 * Adds what is to be shown of some records.
 *
 * @returns where the next page begins, once this one is full
 */
async function take<View>(
  { recipients }: Pick<Deps, 'recipients'>,
  records: readonly LogRecord[],
  window: Window,
  { filter, limit, show }: QueueQuery<View>,
  deliveries: View[],
): Promise<QueueCursor | null> {
  const { position, topic } = window;
  const { partition, high } = position;
  const found = records
    .filter(({ offset }) => offset < high)
    .flatMap((record) => inOrder(deliveriesIn(record, recipients)))
    .filter((one) => !isBefore(one, window) && passes(one, filter) && isUnfinished(one, position));
  for (let from = 0; from < found.length; from += SHOWN_AT_ONCE) {
    const part = found.slice(from, from + SHOWN_AT_ONCE);
    for (const [n, view] of (await show(part, position)).entries()) {
      if (view === null) continue;
      if (deliveries.length === limit) {
        const last = found.slice(0, from + n).findLast((one) => isOfRecord(one, part[n]));
        const { offset } = (part[n] as QueuedDelivery).record;
        const before = offset === window.next ? window.after : '';
        return { topic, partition, offset, after: last?.endpoint ?? before };
      }
      deliveries.push(view);
    }
  }
  return null;
}

const isOfRecord = (one: QueuedDelivery, other: QueuedDelivery | undefined) =>
  one.record.offset === other?.record.offset;

/** Whether the page before has had it. */
function isBefore({ endpoint, record }: QueuedDelivery, { next, after }: Window): boolean {
  return record.offset === next && endpoint <= after;
}

function isUnfinished({ endpoint, record }: QueuedDelivery, position: PartitionPosition): boolean {
  return !isFinished(record.offset, endpoint, position);
}

/**
 * Order that no change of a subscription moves, so that a page continues where the last one ended.
 */
function inOrder(deliveries: readonly QueuedDelivery[]): readonly QueuedDelivery[] {
  if (deliveries.length < 2) return deliveries;
  return deliveries.toSorted((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
}

function passes(
  { id, endpoint, key, eventType: type, record: { timestampMs } }: QueuedDelivery,
  { endpoint: wanted, user, eventType, file, since, until }: QueueFilter,
): boolean {
  if (wanted !== undefined && endpoint !== wanted) return false;
  if (user !== undefined && key !== user) return false;
  if (eventType !== undefined && type !== eventType) return false;
  if (file !== undefined && parseFileRowId(id)?.fileId !== file) return false;
  return timestampMs >= (since ?? -Infinity) && timestampMs < (until ?? Infinity);
}
