import TinyQueue from 'tinyqueue';
import { nextStep } from '../consumer/outcome/next-step.ts';
import { quantile } from './statistics.ts';
import { seeded } from '../infra/tools/seeded.ts';
import { boundOf } from './scenario.ts';
import type { EndpointModel, Scenario, SimulationResult } from './scenario.ts';
import { SimulatedConsumer } from './simulated-consumer.ts';
import type { SimulatedDelivery } from './simulated-consumer.ts';

interface Event {
  readonly atMs: number;
  /** Keeps events of the same time in their order. */
  readonly number: number;
  readonly happen: () => void;
}

/**
 * Parts of the deliveries between which a backlog is measured: before, a real consumer compiles its
 * code, and at the end come those that were retried.
 */
export const MEASURED = [0.2, 0.98] as const;
/** Parts of the time of the arrivals between which they are measured. */
const MEASURED_ARRIVALS = [0.5, 1] as const;
/** Part of the thread's time for an attempt that comes before its request. */
const BEFORE_REQUEST = 0.5;
/** The user of `hotUserShare`. */
const HOT_USER = 0;

/**
 * Simulates deliveries event by event. The thread of a consumer, its places, the rate of an
 * endpoint, the order of a user and the waits between attempts are modelled, with the engine's own
 * decisions where they are pure. Brokers and networks are as slow as the costs say, and never full.
 */
export function simulate(scenario: Scenario): SimulationResult {
  return new Simulation(scenario).run();
}

/** Counts that grow while it runs. */
interface Totals {
  /** Requests to each endpoint. */
  readonly sent: number[];
  /** How long deliveries of each user were under way: with ORDERING=key one after the other. */
  readonly userMs: Map<number, number>;
  /** Deliveries that were accepted or given up. */
  finished: number;
}

interface Snapshot extends Readonly<Totals> {
  readonly atMs: number;
  /** By consumer: how long its thread has worked. */
  readonly busyMs: readonly number[];
  /** By consumer: the sum of its requests in flight over time. */
  readonly inFlightMs: readonly number[];
}

class Simulation {
  private readonly scenario: Scenario;
  private readonly random: () => number;
  private readonly events = new TinyQueue<Event>(
    [],
    (a, b) => a.atMs - b.atMs || a.number - b.number,
  );
  private readonly consumers: readonly SimulatedConsumer[];
  /** When each consumer looks again because of a rate, ms; Infinity: it does not. */
  private readonly wakesAtMs: number[];
  private readonly totals: Totals;
  private readonly snapshots: Snapshot[] = [];
  private readonly latenciesMs: number[] = [];
  private readonly waitsMs: number[] = [];
  private nowMs = 0;
  private scheduled = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.random = seeded(scenario.seed).next;
    const count = Math.min(scenario.consumers, scenario.partitions);
    this.consumers = Array.from({ length: count }, () => new SimulatedConsumer(scenario));
    this.wakesAtMs = this.consumers.map(() => Infinity);
    this.totals = { sent: scenario.endpoints.map(() => 0), userMs: new Map(), finished: 0 };
  }

  run(): SimulationResult {
    const { arrivalsPerSecond, deliveries } = this.scenario;
    if (arrivalsPerSecond !== null) {
      const spanMs = (deliveries * 1_000) / arrivalsPerSecond;
      for (const part of MEASURED_ARRIVALS) this.at(spanMs * part, () => this.snapshot());
      this.arrive(deliveries, 1_000 / arrivalsPerSecond);
    } else {
      for (let n = 0; n < deliveries; n += 1) {
        const delivery = this.newDelivery();
        this.consumerOf(delivery).add(delivery);
      }
      this.consumers.forEach((_, index) => this.start(index));
    }
    for (let event = this.events.pop(); event; event = this.events.pop()) {
      this.nowMs = event.atMs;
      event.happen();
    }
    return this.result();
  }

  private at(atMs: number, happen: () => void): void {
    this.events.push({ atMs, number: (this.scheduled += 1), happen });
  }

  /** The next delivery comes, and schedules the one behind it. */
  private arrive(left: number, gapMs: number): void {
    if (left === 0) return;
    const delivery = this.newDelivery();
    this.at(this.nowMs + this.scenario.costs.fetchMs, () => this.ready(delivery));
    this.at(this.nowMs - Math.log(1 - this.random()) * gapMs, () => this.arrive(left - 1, gapMs));
  }

  private newDelivery(): SimulatedDelivery {
    const { users, hotUserShare, endpoints } = this.scenario;
    const isHot = this.random() < hotUserShare;
    const user = isHot ? HOT_USER : Math.floor(this.random() * users);
    let at = this.random();
    const endpoint = endpoints.findIndex(({ share }) => (at -= share) < 0);
    const nowMs = this.nowMs;
    return { user, endpoint: Math.max(0, endpoint), acceptedMs: nowMs, attempt: 1, dueMs: nowMs };
  }

  private indexOf({ user }: SimulatedDelivery): number {
    return (user % this.scenario.partitions) % this.consumers.length;
  }

  private consumerOf(delivery: SimulatedDelivery): SimulatedConsumer {
    return this.consumers[this.indexOf(delivery)] as SimulatedConsumer;
  }

  private ready(delivery: SimulatedDelivery): void {
    delivery.dueMs = this.nowMs;
    this.consumerOf(delivery).add(delivery);
    this.start(this.indexOf(delivery));
  }

  /** A consumer starts what it may. */
  private start(index: number): void {
    const consumer = this.consumers[index] as SimulatedConsumer;
    const { costs, endpoints } = this.scenario;
    for (let task = consumer.take(this.nowMs); task; task = consumer.take(this.nowMs)) {
      const delivery = task;
      const model = endpoints[delivery.endpoint] as EndpointModel;
      const startedMs = this.nowMs;
      this.totals.sent[delivery.endpoint] = (this.totals.sent[delivery.endpoint] ?? 0) + 1;
      const micros = costs.attemptMicros * BEFORE_REQUEST;
      const sentMs = consumer.work(this.nowMs, micros);
      this.waitsMs.push(sentMs - micros / 1_000 - delivery.dueMs);
      this.at(sentMs + this.answerMs(model), () => this.answered(delivery, model, startedMs));
    }
    const wakeMs = consumer.nextSendMs(this.nowMs);
    if (wakeMs >= (this.wakesAtMs[index] as number)) return;
    this.wakesAtMs[index] = wakeMs;
    this.at(wakeMs, () => {
      this.wakesAtMs[index] = Infinity;
      this.start(index);
    });
  }

  private answerMs({ answers, answerMs }: EndpointModel): number {
    return answers === 'fixed' ? answerMs : -Math.log(1 - this.random()) * answerMs;
  }

  private answered(delivery: SimulatedDelivery, model: EndpointModel, startedMs: number): void {
    const { attemptMicros, refusalMicros } = this.scenario.costs;
    const isRefused = this.random() < model.failureShare;
    const micros = attemptMicros * (1 - BEFORE_REQUEST) + (isRefused ? refusalMicros : 0);
    const endedMs = this.consumerOf(delivery).work(this.nowMs, micros);
    this.at(endedMs, () => {
      this.settle(delivery, isRefused, startedMs);
      this.start(this.indexOf(delivery));
    });
  }

  private settle(delivery: SimulatedDelivery, isRefused: boolean, startedMs: number): void {
    const consumer = this.consumerOf(delivery);
    consumer.ended(delivery, this.nowMs);
    const step = nextStep(isRefused ? REFUSED : ACCEPTED, {
      ...{ attempt: delivery.attempt, isSubscription: true },
      ...{ schedule: this.scenario.retryDelaysMs, random01: this.random() },
    });
    const waitMs = step.kind === 'retry' ? step.waitMs : 0;
    this.countUser(delivery, this.nowMs - startedMs + waitMs);
    if (step.kind === 'retry') {
      delivery.attempt = step.attempt;
      this.at(this.nowMs + waitMs, () => this.ready(delivery));
      return;
    }
    if (!isRefused) this.latenciesMs.push(this.nowMs - delivery.acceptedMs);
    this.countFinished();
    consumer.finished(delivery);
  }

  private countUser({ user }: SimulatedDelivery, ms: number): void {
    if (this.scenario.ordering === 'none') return;
    const { userMs } = this.totals;
    userMs.set(user, (userMs.get(user) ?? 0) + ms);
  }

  private countFinished(): void {
    this.totals.finished += 1;
    const { arrivalsPerSecond, deliveries } = this.scenario;
    if (arrivalsPerSecond !== null) return;
    const isMeasured = MEASURED.some(
      (part) => Math.ceil(deliveries * part) === this.totals.finished,
    );
    if (isMeasured) this.snapshot();
  }

  private snapshot(): void {
    const { sent, userMs, finished } = this.totals;
    this.snapshots.push({
      ...{ atMs: this.nowMs, finished, sent: [...sent], userMs: new Map(userMs) },
      busyMs: this.consumers.map(({ busyMs }) => busyMs),
      inFlightMs: this.consumers.map((consumer) => consumer.inFlightMsAt(this.nowMs)),
    });
  }

  private result(): SimulationResult {
    const { latenciesMs, waitsMs, scenario } = this;
    const [from, to] = this.snapshots as [Snapshot, Snapshot];
    const used = usedBetween(from, to, scenario);
    return {
      seconds: this.nowMs / 1_000,
      perSecond: ((to.finished - from.finished) * 1_000) / (to.atMs - from.atMs),
      delivered: latenciesMs.length,
      dead: scenario.deliveries - latenciesMs.length,
      attempts: waitsMs.length,
      p50Ms: quantile(latenciesMs, 0.5),
      p99Ms: quantile(latenciesMs, 0.99),
      waitP99Ms: quantile(waitsMs, 0.99),
      used,
      bound: boundOf(used),
    };
  }
}

function usedBetween(from: Snapshot, to: Snapshot, scenario: Scenario): SimulationResult['used'] {
  const { concurrency, endpoints } = scenario;
  const ms = to.atMs - from.atMs;
  const most = (values: readonly number[]) => Math.max(0, ...values) / ms;
  const perEndpoint = endpoints.map(({ ratePerSecond }, n) => {
    const sent = (to.sent[n] as number) - (from.sent[n] as number);
    return ratePerSecond === null ? 0 : (sent * 1_000) / ratePerSecond;
  });
  let userMs = 0;
  for (const [user, endMs] of to.userMs) {
    userMs = Math.max(userMs, endMs - (from.userMs.get(user) ?? 0));
  }
  return {
    processor: most(to.busyMs.map((busyMs, n) => busyMs - (from.busyMs[n] as number))),
    places: most(
      to.inFlightMs.map((atEndMs, n) => (atEndMs - (from.inFlightMs[n] as number)) / concurrency),
    ),
    'rate limit': most(perEndpoint),
    'order of a user': userMs / ms,
  };
}

const ACCEPTED = { kind: 'accepted', status: 200 } as const;
const REFUSED = { kind: 'refused', status: 500, retryAfterMs: null } as const;
