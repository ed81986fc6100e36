import Bottleneck from 'bottleneck';
import type { InFlightReport } from '../../common/model/consumer-state.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { whyRowCancelled } from '../../common/model/file-cancellation.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';
import { AppError } from '../../common/base/errors.ts';
import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { Consumers } from '../cluster/consumers.ts';
import { hintOf } from './delivery-id.ts';
import type { IdHint } from './delivery-id.ts';
import type { Searched } from './not-found.ts';
import type { QueuedDelivery } from './queued-delivery.ts';
import { closedReason, waitStatusOf } from './wait-status.ts';
import type { WaitStatus } from './wait-status.ts';
import { loadPositions } from './load-positions.ts';
import { LogSearch } from './log-search.ts';
import type { Wanted } from './log-search.ts';
import { readQueuePage } from './queue-page.ts';
import type { QueuePage, QueueQuery } from './queue-page.ts';
import type { SearchLimits } from './search-budget.ts';

interface Deps {
  /** View of the delivery group. */
  readonly view: Pick<GroupView, 'committed' | 'bounds' | 'offsetsAt'>;
  readonly cursors: Pick<CursorStore, 'load'>;
  readonly reader: Pick<PartitionReader, 'read'>;
  readonly names: Pick<TopicNames, 'deliveries' | 'bulkDeliveries' | 'lanes'>;
  readonly subscriptions: Pick<SubscriptionTable, 'get' | 'defaultEndpoint'>;
  readonly consumers: Pick<Consumers, 'states'>;
  readonly progress: Pick<CompactedTable<FileProgress>, 'get'>;
  readonly recipients: Pick<Recipients, 'of'>;
  readonly limits: SearchLimits;
}

/** An unfinished delivery and where it stands. */
export interface Unfinished {
  readonly delivery: QueuedDelivery;
  readonly status: WaitStatus;
}

export interface LookUp extends Searched {
  readonly hint: IdHint;
  readonly unfinished: Unfinished | null;
}

/** Returns what is shown of each; null hides one. */
type Show<View> = (unfinished: readonly Unfinished[]) => Promise<readonly (View | null)[]>;

/** Each reads megabytes of the log and decodes them. */
const SEARCHES_AT_ONCE = 2;
const SEARCHES_WAITING_MAX = 20;

/**
 * Finds the deliveries in the log that are not finished. Each search reads the log itself, so
 * nothing is written for it and nothing is kept of it.
 */
export class UnfinishedDeliveries {
  private readonly deps: Deps;
  private readonly search: LogSearch;
  private readonly limiter = new Bottleneck({
    maxConcurrent: SEARCHES_AT_ONCE,
    highWater: SEARCHES_WAITING_MAX,
    strategy: Bottleneck.strategy.OVERFLOW,
  });

  constructor(deps: Deps) {
    this.deps = deps;
    this.search = new LogSearch(deps);
  }

  /**
   * Looks for the record of a delivery.
   *
   * @param subscription undefined: any; null: that of WEBHOOK_URL
   * @throws AppError search_busy; BrokerUnavailableError
   */
  async find(id: string, subscription: string | null | undefined): Promise<LookUp> {
    const { lanes } = this.deps.names;
    const hint = hintOf(id, lanes);
    const wanted = { id, subscription, hint, file: this.fileOf(hint) };
    return this.inTurn(async () => {
      const nowMs = Date.now();
      const positions = await loadPositions(this.deps, lanes);
      const { found, ...searched } = await this.search.find(wanted, positions);
      if (!found) return { hint, unfinished: null, ...searched };
      const { delivery, position } = found;
      const closed = this.closed(delivery.subscription);
      const status = this.cancelled(delivery) ?? waitStatusOf(delivery, position, closed, nowMs);
      return { hint, unfinished: { delivery, status }, ...searched };
    });
  }

  /**
   * Reads a page of unfinished deliveries.
   *
   * @throws AppError search_busy; BrokerUnavailableError
   */
  async page<View>(
    query: Omit<QueueQuery<View>, 'show'>,
    show: Show<View>,
  ): Promise<QueuePage<View>> {
    return this.inTurn(async () => {
      const nowMs = Date.now();
      const positions = await loadPositions(this.deps, this.deps.names.lanes);
      const closed = new Map<string | null, string | null>();
      const closedOf = (subscription: string | null) => {
        let reason = closed.get(subscription);
        if (reason === undefined) closed.set(subscription, (reason = this.closed(subscription)));
        return reason;
      };
      return readQueuePage(this.deps, positions, {
        ...query,
        show: (deliveries, position) => {
          const status = (one: QueuedDelivery) =>
            this.cancelled(one) ?? waitStatusOf(one, position, closedOf(one.subscription), nowMs);
          return show(deliveries.map((delivery) => ({ delivery, status: status(delivery) })));
        },
      });
    });
  }

  /** The deliveries that are being sent, as the consumers said a second ago at most. */
  inFlight(): readonly InFlightReport[] {
    return this.deps.consumers.states().flatMap(({ inFlight }) => inFlight);
  }

  /** Why an endpoint takes nothing now; null: it does. */
  closed(id: string | null): string | null {
    const { subscriptions, consumers } = this.deps;
    const reports = consumers.states().flatMap(({ endpoints }) => endpoints);
    const isDefault = id === null || id === DEFAULT_ENDPOINT_ID;
    return closedReason({
      subscription: isDefault ? undefined : subscriptions.get(id),
      isDefaultPaused: isDefault && subscriptions.defaultEndpoint().isPaused === true,
      isDefaultDisabled: isDefault && subscriptions.defaultEndpoint().state === 'disabled',
      reports: reports.filter(({ subscription }) => subscription === (isDefault ? null : id)),
    });
  }

  private cancelled({ id, record }: QueuedDelivery): WaitStatus | null {
    const reason = whyRowCancelled(id, record, (file) => {
      const at = this.deps.progress.get(file)?.cancelledAt;
      return at === undefined ? undefined : Date.parse(at);
    });
    return reason === null ? null : { state: 'cancelled', reason };
  }

  private fileOf(hint: IdHint): Wanted['file'] {
    if (hint.kind !== 'row') return null;
    const progress = this.deps.progress.get(hint.fileId);
    if (!progress || progress.startedAt === null) return null;
    const { startedAt, finishedAt, rows } = progress;
    const untilMs = finishedAt === null ? null : Date.parse(finishedAt);
    return { fromMs: Date.parse(startedAt), untilMs, rows };
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.limiter.schedule(work);
    } catch (error) {
      if (!(error instanceof Bottleneck.BottleneckError)) throw error;
      const message = 'Too many requests search the log at once; again in 1 s';
      throw new AppError('search_busy', message, { retryable: true });
    }
  }
}
