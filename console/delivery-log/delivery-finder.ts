import type { InFlightReport } from '../../common/model/consumer-state.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import { withDeadline } from '../../common/base/loaded.ts';
import { BrokerUnavailableError } from '../../common/base/errors.ts';
import { SEARCH_LIMITS } from '../unfinished/search-budget.ts';
import { notFoundText } from '../unfinished/not-found.ts';
import { formatQueueCursor, parseQueueCursor } from '../unfinished/queue-cursor.ts';
import type { QueuedDelivery } from '../unfinished/queued-delivery.ts';
import type { Unfinished, UnfinishedDeliveries } from '../unfinished/unfinished-deliveries.ts';
import type { LogReads } from './log-store.ts';
import type { AttemptRow } from './attempt-row.ts';
import { attemptedView, inFlightView, queuedView } from './delivery-view.ts';
import type { LogFilter } from './log-query.ts';
import { passes } from './passes.ts';
import type { DeliveryPage, DeliveryView } from './schemas.ts';
import type { State } from './states.ts';

interface Deps {
  readonly store: Pick<LogReads, 'select' | 'lastAttempts' | 'latestAttempts'>;
  readonly unfinished: Pick<UnfinishedDeliveries, 'find' | 'page' | 'inFlight' | 'closed'>;
  /** Whether it lies among the dead letters: one that was put back does not. */
  readonly isDeadLetter: (id: string, subscription: string | null) => Promise<boolean>;
  /** Resolves when all that was in the log of attempts at the time of the call has been read. */
  readonly caughtUp: () => Promise<void>;
  readonly retentionHours: number;
}

export interface FoundDelivery {
  readonly delivery: DeliveryView;
  /** Newest first. */
  readonly attempts: readonly AttemptRow[];
  /** Names what could not be read of the log; absent: all was read. */
  readonly notRead?: string;
}

/** Why there is no such delivery, as far as could be seen. */
export interface Missing {
  readonly delivery: null;
  readonly reason: string;
  /** More of the log would have to be read. */
  readonly isLimitMet: boolean;
}

const NONE: DeliveryPage = { deliveries: [], next_cursor: null, search_limit_met: false };
/** States that are not in the log of attempts. */
const BEFORE_AN_END: ReadonlySet<string> = new Set(['queued', 'waiting', 'in_flight']);
/** Attempts of one delivery that are shown: redrives and replays may make it any number. */
const ATTEMPTS_MAX = 500;
const CAUGHT_UP_MS = 2_000;
/** A search ends by itself before, unless the broker hangs. */
const SEARCH_MS = SEARCH_LIMITS.ms + 1_000;
const REDRIVEN_MS = 1_500;
const WAITS_AGAIN = 'whether it was put back and waits again';

/** Finds deliveries in the log of attempts, and before their first attempt in the log itself. */
export class DeliveryFinder {
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /**
   * Looks for one delivery.
   *
   * @throws AppError search_busy; BrokerUnavailableError
   */
  async find(id: string, subscription: string | undefined): Promise<FoundDelivery | Missing> {
    const known = (await this.attempted(id, subscription)) ?? this.inFlight(id, subscription);
    if (known) return this.redriven(known);
    const { unfinished, retentionHours } = this.deps;
    const search = unfinished.find(id, idOf(subscription));
    const { unfinished: found, ...searched } = await withDeadline(search, 'the log', SEARCH_MS);
    // A delivery that is finished by now was attempted before, so the log of attempts has it.
    if (!found) await withDeadline(this.deps.caughtUp(), 'the log of attempts', CAUGHT_UP_MS);
    const since = (await this.attempted(id, subscription)) ?? this.inFlight(id, subscription);
    if (since) return since;
    if (found) {
      const { delivery, status } = found;
      return { delivery: queuedView(delivery, status, undefined), attempts: [] };
    }
    const times = { retentionHours, nowMs: Date.now() };
    const reason = notFoundText(id, searched.hint, searched, times);
    return { delivery: null, reason, isLimitMet: searched.extent === 'part' };
  }

  /**
   * The deliveries of an id, one for each subscription.
   *
   * @throws AppError search_busy; BrokerUnavailableError
   */
  async pageOf(id: string, filter: Omit<LogFilter, 'isLatestOnly'>): Promise<DeliveryPage> {
    const { status, subscription, cursor } = filter;
    const isAttempted = status === undefined || !BEFORE_AN_END.has(status);
    const page = isAttempted ? await this.attemptedPage({ ...filter, id }) : NONE;
    if (page.deliveries.length > 0 || cursor !== undefined) return page;
    if (isAttempted && status !== undefined) return page;
    const found = await this.find(id, subscription);
    if (found.delivery === null) return { ...NONE, search_limit_met: found.isLimitMet };
    const { delivery } = found;
    const isAsked =
      (status === undefined || delivery.state === status) &&
      passes(delivery, filter) &&
      isWithin(delivery, filter);
    return isAsked ? { ...NONE, deliveries: [delivery] } : NONE;
  }

  /** Deliveries by their last attempt, newest first. */
  async attemptedPage(filter: Omit<LogFilter, 'isLatestOnly'>): Promise<DeliveryPage> {
    const { status } = filter;
    const { rows, next, isLimitMet } = await this.deps.store.select({
      ...filter,
      isLatestOnly: true,
    });
    const inFlight = inFlightById(this.deps.unfinished.inFlight());
    const deliveries = rows.map((row) => this.viewOf(row, inFlight));
    // A retry that is under way stands elsewhere by now.
    const isAsked = ({ state }: DeliveryView) => status !== 'retrying' || state === status;
    return {
      deliveries: deliveries.filter(isAsked),
      next_cursor: next,
      search_limit_met: isLimitMet,
    };
  }

  /**
   * Unfinished deliveries of which no request is under way, as they lie in the log.
   *
   * @throws AppError search_busy; BrokerUnavailableError
   */
  async queuedPage(
    query: Omit<LogFilter, 'isLatestOnly'>,
    state: Extract<State, 'queued' | 'waiting'>,
  ): Promise<DeliveryPage> {
    const inFlight = inFlightById(this.deps.unfinished.inFlight());
    const { limit, cursor, subscription, user, since, until, file, event_type: eventType } = query;
    const filter = { endpoint: subscription, user, since, until, file, eventType };
    const from = cursor === undefined ? null : parseQueueCursor(cursor);
    const show = async (all: readonly Unfinished[]) => {
      const attempts = await this.deps.store.lastAttempts(
        all.map(({ delivery }) => placeOf(delivery)),
      );
      return all.map(({ delivery, status }, n) => {
        const { partition, offset } = delivery.record;
        const sent = inFlight.get(keyOf(delivery));
        if (sent && sent.partition === partition && sent.offset === offset) return null;
        const last = attempts[n];
        // It is finished since the positions were read, or keeps its place until its next attempt.
        if (last && last.state !== 'throttled') return null;
        const view = queuedView(delivery, status, last);
        return view.state === state && passes(view, query) ? view : null;
      });
    };
    const page = await this.deps.unfinished.page({ filter, from, limit }, show);
    return {
      deliveries: [...page.deliveries],
      next_cursor: page.next && formatQueueCursor(page.next),
      search_limit_met: page.isLimitMet,
    };
  }

  /** Deliveries whose requests are under way, the youngest first. */
  async inFlightPage(query: Omit<LogFilter, 'isLatestOnly'>): Promise<DeliveryPage> {
    const { limit, subscription, since = -Infinity, until = Infinity } = query;
    const wanted = idOf(subscription);
    const found = this.deps.unfinished
      .inFlight()
      .filter(
        (one) =>
          (wanted === undefined || one.subscription === wanted) &&
          passes(inFlightView(one), query) &&
          one.since >= since &&
          one.since < until,
      )
      .toSorted((a, b) => b.since - a.since);
    const reports = found.slice(0, limit);
    // One read for the whole page: the reads that may wait at once are few.
    const latest = await this.deps.store.latestAttempts(
      reports.map(({ id, subscription }) => ({ id, subscription })),
    );
    const inFlight = inFlightById(this.deps.unfinished.inFlight());
    const shown = reports.map((report, n) => {
      const row = latest[n];
      return row ? this.viewOf(row, inFlight) : inFlightView(report);
    });
    const deliveries = shown.filter(({ state }) => state === 'in_flight');
    return { deliveries, next_cursor: null, search_limit_met: found.length > limit };
  }

  /** A dead letter that was put back, while it waits for its next attempt. */
  private async redriven(known: FoundDelivery): Promise<FoundDelivery> {
    const { id, subscription, state } = known.delivery;
    if (state !== 'dead' || (await this.deps.isDeadLetter(id, subscription))) return known;
    const search = this.deps.unfinished.find(id, subscription);
    try {
      const { unfinished: found } = await withDeadline(search, WAITS_AGAIN, REDRIVEN_MS);
      if (!found) return known;
      return { ...known, delivery: queuedView(found.delivery, found.status, undefined) };
    } catch (error) {
      if (!(error instanceof BrokerUnavailableError)) throw error;
      return { ...known, notRead: error.message };
    }
  }

  private async attempted(
    id: string,
    subscription: string | undefined,
  ): Promise<FoundDelivery | null> {
    const { rows: attempts } = await this.deps.store.select({
      ...{ id, isLatestOnly: false, limit: ATTEMPTS_MAX },
      ...(subscription !== undefined && { subscription }),
    });
    const [latest] = attempts;
    if (!latest) return null;
    const inFlight = inFlightById(this.deps.unfinished.inFlight());
    return { delivery: this.viewOf(latest, inFlight), attempts };
  }

  private inFlight(id: string, subscription: string | undefined): FoundDelivery | null {
    const wanted = idOf(subscription);
    const report = this.deps.unfinished
      .inFlight()
      .find((one) => one.id === id && (wanted === undefined || one.subscription === wanted));
    return report ? { delivery: inFlightView(report), attempts: [] } : null;
  }

  private viewOf(row: AttemptRow, inFlight: ReadonlyMap<string, InFlightReport>): DeliveryView {
    const closed = row.state === 'throttled' ? this.deps.unfinished.closed(row.subscription) : null;
    return attemptedView(row, { inFlight: inFlight.get(keyOf(row)), closed });
  }
}

function inFlightById(reports: readonly InFlightReport[]): ReadonlyMap<string, InFlightReport> {
  return new Map(reports.map((report) => [keyOf(report), report]));
}

function keyOf({ id, subscription }: { id: string; subscription: string | null }): string {
  return `${subscription ?? DEFAULT_ENDPOINT_ID} ${id}`;
}

/** The part of a delivery that says which record it is; its value stays in this thread. */
function placeOf({ id, subscription, record }: QueuedDelivery) {
  const { topic, partition, offset } = record;
  return { id, subscription, record: { topic, partition, offset } };
}

function isWithin(
  { accepted_at, last_attempt_at }: DeliveryView,
  { since = -Infinity, until = Infinity }: Pick<LogFilter, 'since' | 'until'>,
): boolean {
  const atMs = Date.parse(last_attempt_at ?? accepted_at ?? '');
  return Number.isNaN(atMs) || (atMs >= since && atMs < until);
}

/** Returns the id by which the log knows an endpoint. */
function idOf(subscription: string | undefined): string | null | undefined {
  return subscription === DEFAULT_ENDPOINT_ID ? null : subscription;
}
