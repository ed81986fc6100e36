import { Fifo } from '../common/base/fifo.ts';
import { endpointCap, retriesCap } from '../consumer/schedule/bulkhead.ts';
import type { Scenario } from './scenario.ts';

/** A delivery on its way through the model. */
export interface SimulatedDelivery {
  readonly user: number;
  readonly endpoint: number;
  /** When Kafka had it, ms from the start. */
  readonly acceptedMs: number;
  /** 1-based number of the attempt that is made or comes next. */
  attempt: number;
  /** Since when this attempt could be made, were there nothing else to do; ms. */
  dueMs: number;
}

/** Deliveries that wait for one endpoint in one consumer. */
interface EndpointQueue {
  readonly ready: Fifo<SimulatedDelivery>;
  /** With ORDERING=key: what waits behind the delivery of the same user. */
  readonly behind: Map<number, Fifo<SimulatedDelivery>>;
  /** The earliest time of the next request, for its rate. */
  nextSendMs: number;
  inFlight: number;
}

/** Rights to send that were not used are kept for so long; see the engine's grants. */
const CATCH_UP_MS = 100;

/**
 * One consumer of the model: a thread that does one thing after the other, so many places for
 * requests, and a queue for each endpoint. The shares of the places are those of the engine.
 */
export class SimulatedConsumer {
  inFlight = 0;
  /** Time that the thread has worked, ms. */
  busyMs = 0;
  private inFlightMs = 0;
  private changedMs = 0;
  private freeAtMs = 0;
  private retriesInFlight = 0;
  private turn = 0;
  private readonly scenario: Scenario;
  private readonly queues: readonly EndpointQueue[];
  /** Time between two requests to each endpoint for this consumer's part of the rate. */
  private readonly gapsMs: readonly number[];

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    const consumers = Math.min(scenario.consumers, scenario.partitions);
    this.gapsMs = scenario.endpoints.map(({ ratePerSecond }) =>
      ratePerSecond === null ? 0 : (1_000 * consumers) / ratePerSecond,
    );
    this.queues = scenario.endpoints.map(() => ({
      ...{ ready: new Fifo<SimulatedDelivery>(), behind: new Map() },
      ...{ nextSendMs: 0, inFlight: 0 },
    }));
  }

  /** The thread works. @returns when it has done so, ms from the start */
  work(nowMs: number, micros: number): number {
    const ms = micros / 1_000;
    this.busyMs += ms;
    this.freeAtMs = Math.max(nowMs, this.freeAtMs) + ms;
    return this.freeAtMs;
  }

  /** A delivery has come from the log, or is due once more. */
  add(delivery: SimulatedDelivery): void {
    const { ready, behind } = this.queueOf(delivery);
    if (this.scenario.ordering === 'none' || delivery.attempt > 1) return ready.push(delivery);
    const waiting = behind.get(delivery.user);
    if (waiting) return waiting.push(delivery);
    behind.set(delivery.user, new Fifo());
    ready.push(delivery);
  }

  /** Takes the next delivery that may start now. */
  take(nowMs: number): SimulatedDelivery | null {
    const { concurrency } = this.scenario;
    if (this.inFlight >= concurrency) return null;
    for (let tried = 0; tried < this.queues.length; tried += 1) {
      const index = (this.turn + tried) % this.queues.length;
      const delivery = this.takeOf(index, nowMs);
      if (!delivery) continue;
      this.turn = index + 1;
      return delivery;
    }
    return null;
  }

  /** The time at which an endpoint that waits for its rate takes its next one; Infinity: none. */
  nextSendMs(nowMs: number): number {
    const times = this.queues.map(({ ready, nextSendMs }) =>
      ready.length > 0 && nextSendMs > nowMs ? nextSendMs : Infinity,
    );
    return Math.min(...times);
  }

  /** An answer has been dealt with: its place is free. */
  ended(delivery: SimulatedDelivery, nowMs: number): void {
    this.count(nowMs, -1);
    this.queueOf(delivery).inFlight -= 1;
    if (delivery.attempt > 1) this.retriesInFlight -= 1;
  }

  /** It was accepted or given up: with ORDERING=key the user's next one may start. */
  finished(delivery: SimulatedDelivery): void {
    const { ready, behind } = this.queueOf(delivery);
    const waiting = behind.get(delivery.user);
    const next = waiting?.shift();
    if (next) ready.push(next);
    else behind.delete(delivery.user);
  }

  /** The sum of the requests in flight over time, for their mean. */
  inFlightMsAt(nowMs: number): number {
    return this.inFlightMs + this.inFlight * (nowMs - this.changedMs);
  }

  private takeOf(index: number, nowMs: number): SimulatedDelivery | null {
    const queue = this.queues[index] as EndpointQueue;
    const first = queue.ready.peek();
    if (!first || queue.nextSendMs > nowMs || queue.inFlight >= this.capOf(index)) return null;
    const isRetry = first.attempt > 1;
    if (isRetry && this.retriesInFlight >= retriesCap(this.scenario.concurrency)) return null;
    queue.ready.shift();
    const gapMs = this.gapsMs[index] as number;
    if (gapMs > 0) queue.nextSendMs = Math.max(queue.nextSendMs, nowMs - CATCH_UP_MS) + gapMs;
    queue.inFlight += 1;
    if (isRetry) this.retriesInFlight += 1;
    this.count(nowMs, 1);
    return first;
  }

  private capOf(index: number): number {
    const { endpoints, concurrency } = this.scenario;
    const active = this.queues.filter(({ ready, inFlight }) => ready.length + inFlight > 0).length;
    const isPrompt = (endpoints[index]?.answerMs ?? 0) < 500;
    return endpointCap(concurrency, endpoints.length > 1, active, isPrompt);
  }

  private queueOf({ endpoint }: SimulatedDelivery): EndpointQueue {
    return this.queues[endpoint] as EndpointQueue;
  }

  private count(nowMs: number, more: 1 | -1): void {
    this.inFlightMs = this.inFlightMsAt(nowMs);
    this.changedMs = nowMs;
    this.inFlight += more;
  }
}
