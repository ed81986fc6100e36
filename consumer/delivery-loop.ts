import { isMalformed, parseDelivery } from '../common/delivery.ts';
import type { Delivery, LogRecord } from '../common/delivery.ts';
import type { Logger } from '../common/logger.ts';
import type { Endpoint } from './endpoint/endpoint.ts';
import type { Endpoints } from './endpoint/endpoints.ts';
import { LaneShare, laneOf } from './schedule/lane-share.ts';
import type { LogLane } from './schedule/lane-share.ts';
import type { Tracked } from './partition/offset-tracker.ts';
import { Scheduler } from './schedule/scheduler.ts';
import type { FlowControl } from './partition/flow-control.ts';
import type { Next, OutcomeWriter } from './outcome/outcome-writer.ts';
import type { Held, Home, DeliveryTask } from './schedule/delivery-task.ts';

interface Deps {
  readonly concurrency: number;
  readonly endpoints: Endpoints;
  readonly settler: OutcomeWriter;
  readonly intake: FlowControl;
  /** Topic of the bulk lane. */
  readonly bulkTopic: string;
  /** A delivery of a home is finished: what it left behind may be read on. */
  readonly refill: (home: Home) => void;
  /** False while we may not be members of the group. */
  readonly isMember: () => boolean;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/**
 * Sent, and not yet in the log of attempts, in multiples of the concurrency: the most that a crash
 * repeats. Large enough that the way there rarely holds up the sending.
 */
export const AT_RISK_FACTOR = 16;

/** Takes records from their receipt to their fate: sent, retried, cancelled, rejected. */
export class DeliveryLoop {
  readonly dispatcher: Scheduler;
  /** Deliveries sent, or being sent, that are not in the log of attempts yet. */
  private atRisk = 0;
  private readonly share = new LaneShare();
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
    this.dispatcher = new Scheduler({
      concurrency: deps.concurrency,
      hasNeighbours: (endpoint) => deps.endpoints.hasNeighbours(endpoint),
      share: this.share,
      mayStart: (lane) => deps.isMember() && this.atRisk < this.atRiskMax(lane),
      start: (work) => void this.deliver(work).catch(deps.onFatal),
      drop: ({ home, bytes }) => deps.intake.left(home, bytes),
      cancel: (work) => this.unsent(work, () => deps.settler.cancel(work)),
    });
  }

  /** A delivery is at risk no more: another one may go in its place. */
  private noLongerAtRisk(): void {
    this.atRisk -= 1;
    this.dispatcher.pump();
  }

  receive(home: Home, tracked: Tracked, record: LogRecord): void {
    const sharedBy = tracked.whole?.parts.byEndpoint.size ?? 1;
    const bytes = this.deps.intake.received(home, record, sharedBy);
    const held = { home, tracked, bytes, isStarted: true };
    tracked.held = held;
    const parsed = parseDelivery(record);
    if (isMalformed(parsed)) return this.reject(held, record, parsed.reason);
    const retry = home.retryAt(tracked);
    const delivery = retry ? { ...parsed, attempt: retry.attempt, dueAtMs: retry.dueAtMs } : parsed;
    const { subscription } = delivery;
    const endpoint = this.deps.endpoints.find(subscription);
    if (endpoint) return this.admit(held, delivery, endpoint);
    const found = this.deps.endpoints.lookUp(subscription ?? '').then((late) => {
      if (late) this.admit(held, delivery, late);
      else this.reject(held, record, `there is no subscription ${subscription}`);
    });
    found.catch(this.deps.onFatal);
  }

  private admit(held: Held, delivery: Delivery, endpoint: Endpoint): void {
    const isInLane = endpoint.settings.isKeyOrdered;
    const logLane = laneOf(delivery.record, this.deps.bulkTopic);
    if (logLane === 'live') this.share.sawLive(Date.now());
    const work = { ...held, isStarted: false, delivery, endpoint, logLane, isInLane, lane: null };
    work.tracked.held = work;
    this.dispatcher.add(work);
  }

  private async deliver(work: DeliveryTask): Promise<void> {
    const { endpoint } = work;
    const { root } = work.home;
    root.startedRecords += 1;
    this.atRisk += 1;
    const request = endpoint.requestFor(work.delivery);
    const result = await endpoint.sender.send(request);
    endpoint.ended(request, result);
    this.dispatcher.ended(work);
    const isAccepted = result.outcome.kind === 'accepted';
    // The next of the user need not wait until this is in the log: after a crash both come again,
    // in their order.
    if (isAccepted) this.dispatcher.left(work);
    try {
      const next = await this.deps.settler.settle(work, result);
      if (next) return this.goOn(work, next);
      this.noLongerAtRisk();
      this.finish(work);
      if (!isAccepted) this.dispatcher.left(work);
    } catch (error) {
      // Not durable, so not done: whoever has the partition next delivers it again.
      this.noLongerAtRisk();
      this.deps.logger.error({ err: error, id: work.delivery.id }, 'delivery.unsettled');
    } finally {
      root.startedRecords -= 1;
    }
  }

  private goOn(work: DeliveryTask, next: Next): void {
    const { home, endpoint, delivery, tracked } = work;
    this.noLongerAtRisk();
    if (next.kind === 'again') {
      const { attempt, dueAtMs } = next;
      work.delivery = { ...delivery, attempt, dueAtMs };
      home.retriesAgain({ offset: tracked.offset, attempt, dueAtMs }, tracked);
      this.dispatcher.again(work);
      return this.deps.intake.balance(home);
    }
    if (next.kind === 'gone' && endpoint.saidGone) {
      this.deps.endpoints.disable(endpoint.settings.id ?? '', 'its target answered 410 Gone');
    }
    this.dispatcher.first(work);
  }

  /** What the bulk lane has sent and not committed must not keep the live one from sending. */
  private atRiskMax(lane: LogLane): number {
    const most = this.deps.concurrency * AT_RISK_FACTOR;
    return lane === 'bulk' ? this.share.bulkPart(most, Date.now()) : most;
  }

  private reject(held: Held, record: LogRecord, reason: string): void {
    this.unsent(held, () => this.deps.settler.reject(record, reason));
  }

  /** Makes the fate of something durable that is not sent. */
  private unsent(held: Held, settle: () => Promise<void>): void {
    const { root } = held.home;
    root.startedRecords += 1;
    settle()
      .then(() => this.finish(held))
      .catch((error: unknown) => {
        const { topic, partition } = root;
        const at = { topic, partition, offset: held.tracked.offset };
        this.deps.logger.error({ err: error, ...at }, 'record.unsettled');
      })
      .finally(() => (root.startedRecords -= 1));
  }

  private finish({ home, tracked, bytes }: Held): void {
    home.finish(tracked);
    this.deps.intake.left(home, bytes);
    this.deps.intake.balance(home);
    if (home !== home.root) this.deps.refill(home);
  }
}
