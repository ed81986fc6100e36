import { HEADER, isMalformed, parseDelivery } from '../common/model/delivery.ts';
import type { Delivery } from '../common/model/delivery.ts';
import type { LogRecord } from '../common/kafka/log-record.ts';
import type { Logger } from '../common/base/logger.ts';
import { InvariantError } from '../common/base/errors.ts';
import { networkFailure } from '../common/send/network-failure.ts';
import type { SendResult } from '../common/send/send-request.ts';
import { ERASED } from '../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../common/user-keys/body-keys.ts';
import { isSealed } from '../common/user-keys/sealed-body.ts';
import { traceFields } from '../common/tracing/traceparent.ts';
import type { Tracing } from '../common/tracing/tracing.ts';
import { endAttemptSpan, inTraceOf, startAttemptSpan } from './attempt-span.ts';
import type { Endpoint } from './endpoint/endpoint.ts';
import type { Endpoints } from './endpoint/endpoints.ts';
import type { Sources } from '../common/sources/sources.ts';
import type { CancelledFiles } from './schedule/cancelled-files.ts';
import { whySourceEnded } from './log/source-ended.ts';
import type { SourceDeps } from './log/source-ended.ts';
import { LaneShare, laneOf } from './schedule/lane-share.ts';
import type { LogLane } from './schedule/lane-share.ts';
import type { Tracked } from './partition/offset-tracker.ts';
import { Scheduler } from './schedule/scheduler.ts';
import type { SettledPositions } from './settled/settled-positions.ts';
import type { FlowControl } from './partition/flow-control.ts';
import type { Next, OutcomeWriter } from './outcome/outcome-writer.ts';
import type { Held, Home } from './partition/home.ts';
import type { DeliveryTask } from './schedule/delivery-task.ts';

interface Deps {
  readonly concurrency: number;
  readonly endpoints: Endpoints;
  readonly outcomeWriter: OutcomeWriter;
  readonly settled: Pick<SettledPositions, 'placeOf' | 'failed'>;
  readonly flowControl: FlowControl;
  readonly cancelledFiles: CancelledFiles;
  readonly sources: Pick<Sources, 'whyCancelled' | 'onChange'>;
  readonly logs: SourceDeps['logs'];
  readonly bodyKeys: BodyKeys;
  /** Topic of the bulk lane. */
  readonly bulkTopic: string;
  /** A delivery of a home is finished: what it left behind may be read on. */
  readonly refill: (home: Home) => void;
  /** False while we may not be members of the group. */
  readonly isMember: () => boolean;
  readonly tracing?: Tracing | undefined;
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
  readonly scheduler: Scheduler;
  /** Deliveries sent, or being sent, that are not in the log of attempts yet. */
  private atRisk = 0;
  private readonly share = new LaneShare();
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
    this.scheduler = new Scheduler({
      concurrency: deps.concurrency,
      hasNeighbours: (endpoint) => deps.endpoints.hasNeighbours(endpoint),
      share: this.share,
      mayStart: (lane) =>
        deps.isMember() && deps.bodyKeys.isFresh && this.atRisk < this.atRiskMax(lane),
      pull: () => this.run(),
      drop: (task) => this.drop(task),
      whyCancelled: (delivery) =>
        deps.cancelledFiles.whyCancelled(delivery) ??
        deps.sources.whyCancelled(delivery.record.topic) ??
        this.whyErased(delivery),
      cancel: (task, why) => this.unsent(task, () => deps.outcomeWriter.cancel(task, why)),
    });
    deps.cancelledFiles.onCancelled(() => this.scheduler.cancelled());
    deps.bodyKeys.onErased(() => this.scheduler.cancelled());
    deps.sources.onChange(() => this.scheduler.cancelled());
  }

  /** Sends what may be sent now; each end of a request pulls for the next one. */
  private run(): void {
    for (const task of this.scheduler.startable()) {
      void this.deliver(task).catch(this.deps.onFatal);
    }
  }

  /** A delivery is at risk no more: another one may go in its place. */
  private noLongerAtRisk(): void {
    this.atRisk -= 1;
    this.scheduler.pump();
  }

  receive(home: Home, tracked: Tracked, record: LogRecord): void {
    const held = this.hold(home, tracked, record);
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

  /** Cancels an event once for all subscriptions that may have taken it. */
  cancelEvent(home: Home, tracked: Tracked, event: LogRecord, reason: string): void {
    const held = this.hold(home, tracked, event);
    const delivery = parseDelivery(event);
    if (isMalformed(delivery)) return this.reject(held, event, delivery.reason);
    this.unsent(held, () => this.deps.outcomeWriter.cancel({ delivery }, reason));
  }

  private hold(home: Home, tracked: Tracked, record: LogRecord): Held {
    const sharedBy = tracked.whole?.parts.byEndpoint.size ?? 1;
    const bytes = this.deps.flowControl.received(home, record, sharedBy);
    return (tracked.held = { home, tracked, bytes, isStarted: true });
  }

  private admit(held: Held, delivery: Delivery, endpoint: Endpoint): void {
    const isInLane = endpoint.settings.isKeyOrdered;
    const logLane = laneOf(delivery.record, this.deps.bulkTopic);
    if (logLane === 'live') this.share.sawLive(Date.now());
    const task = {
      ...held,
      isStarted: false,
      isSlow: false,
      delivery,
      endpoint,
      logLane,
      isInLane,
      lane: null,
    };
    task.tracked.held = task;
    this.scheduler.add(task);
  }

  private async deliver(task: DeliveryTask): Promise<void> {
    const { endpoint } = task;
    const { tracing, logger } = this.deps;
    const { root } = task.home;
    root.startedRecords += 1;
    this.atRisk += 1;
    task.delivery.place = this.deps.settled.placeOf(task);
    const span = tracing ? startAttemptSpan(tracing, task.delivery) : null;
    task.delivery = inTraceOf(span, task.delivery);
    const { request, result } = await this.attempt(task, span?.traceparent ?? undefined);
    if (span) endAttemptSpan(span, request, result, logger);
    endpoint.ended(request, result);
    this.scheduler.ended(task);
    const isAccepted = result.outcome.kind === 'accepted';
    // The next of the user need not wait until this is in the log: after a crash both come again,
    // in their order.
    if (isAccepted) this.scheduler.left(task);
    try {
      if (!isAccepted) this.deps.settled.failed(task, result.outcome);
      const next = await this.deps.outcomeWriter.settle(task, result);
      if (next) return this.goOn(task, next);
      this.noLongerAtRisk();
      this.finish(task);
      if (!isAccepted) this.scheduler.left(task);
    } catch (error) {
      // The outcome is not durable, so the delivery is not done: the next owner of the partition
      // delivers it again.
      this.noLongerAtRisk();
      const { id, record } = task.delivery;
      const trace = traceFields(record.headers[HEADER.traceparent]);
      logger.error({ err: error, id, ...trace }, 'delivery.unsettled');
    } finally {
      root.startedRecords -= 1;
    }
  }

  /** Makes one attempt. What one subscription or record makes fail is the outcome of it alone. */
  private async attempt({ endpoint, delivery }: DeliveryTask, traceparent?: string) {
    const { origin, path } = endpoint.settings;
    try {
      const request = endpoint.requestFor(this.opened(delivery), traceparent);
      return { request, result: await endpoint.send(request) };
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      const { id, subscription } = delivery;
      this.deps.logger.error({ err: error, id, subscription }, 'delivery.not-sendable');
      return { request: { origin, path, delivery }, result: notSendable(error) };
    }
  }

  /** Returns a delivery with the body that is sent. @throws Error it cannot be decrypted */
  private opened(delivery: Delivery): Delivery {
    if (!isSealed(delivery.record)) return delivery;
    const body = this.deps.bodyKeys.open(delivery.record);
    if (body === null) throw new Error('the body cannot be decrypted');
    return { ...delivery, body };
  }

  private whyErased({ record }: Delivery): string | null {
    const state = this.deps.bodyKeys.stateOf(record);
    // It was known when it was received, so a key that is unknown by now has been destroyed.
    return state === 'erased' || state === 'unknown' ? ERASED : null;
  }

  private goOn(task: DeliveryTask, next: Next): void {
    const { home, endpoint, delivery, tracked } = task;
    this.noLongerAtRisk();
    if (next.kind === 'again') {
      const { attempt, dueAtMs } = next;
      task.delivery = { ...delivery, attempt, dueAtMs };
      home.retriesAgain({ offset: tracked.offset, attempt, dueAtMs }, tracked);
      this.scheduler.again(task);
      return this.deps.flowControl.balance(home);
    }
    if (next.kind === 'gone' && endpoint.saidGone) {
      this.deps.endpoints.disable(endpoint.settings.id ?? '', 'its target answered 410 Gone');
    }
    this.scheduler.first(task);
  }

  /**
   * Returns how many deliveries a lane may have sent and not committed: those of the bulk lane must
   * not keep the live lane from sending.
   */
  private atRiskMax(lane: LogLane): number {
    const most = this.deps.concurrency * AT_RISK_FACTOR;
    return lane === 'bulk' ? this.share.bulkPart(most, Date.now()) : most;
  }

  private reject(held: Held, record: LogRecord, reason: string): void {
    this.unsent(held, () => this.deps.outcomeWriter.reject(record, reason));
  }

  /** Lets go of a delivery that the next owner of its partition has, if there is to be one. */
  private drop(task: DeliveryTask): void {
    const { outcomeWriter, flowControl } = this.deps;
    const reason = whySourceEnded(this.deps, task.home.root);
    if (reason === null) return flowControl.left(task.home, task.bytes);
    task.isStarted = true;
    this.unsent(task, () => outcomeWriter.cancel(task, reason));
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
    this.deps.flowControl.left(home, bytes);
    this.deps.flowControl.balance(home);
    if (home !== home.root) this.deps.refill(home);
  }
}

/** Result of an attempt whose request could not be made. */
function notSendable(error: unknown): SendResult {
  const { kind, text } = networkFailure(error);
  const detail = `the request cannot be made: ${text}`;
  const outcome = { kind: 'unreachable', error: kind } as const;
  return { outcome, latencyMs: 0, endedAtMs: Date.now(), excerpt: '', detail };
}
