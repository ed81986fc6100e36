import type { Attempt, DeliveryState } from '../../common/attempt.ts';
import type { LogRecord } from '../../common/delivery.ts';
import { assertNever, invariant } from '../../common/errors.ts';
import type { OutgoingRecord, Publisher } from '../../common/kafka/types.ts';
import type { Logger } from '../../common/logger.ts';
import type { TopicNames } from '../../common/topics.ts';
import type { SendResult } from '../deliver/sender.ts';
import type { AttemptLog } from './attempt-log.ts';
import { describeOutcome, statusOf, toDeadLetter, toParked, toRetry } from './decide/hand-off.ts';
import type { HandOff } from './decide/hand-off.ts';
import { nextStep } from './decide/next-step.ts';
import { parkingDelayMs } from './decide/parking.ts';
import type { Work } from './work.ts';

interface Deps {
  readonly publisher: Publisher;
  readonly attemptLog: Pick<AttemptLog, 'write'>;
  readonly names: TopicNames;
  readonly schedule: readonly number[];
  readonly logger: Logger;
}

/** What the engine does next with a delivery whose attempt has ended. */
export type Settled =
  | { readonly kind: 'finished' }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'again'; readonly attempt: number; readonly dueAtMs: number };

/** Makes the fate of a delivery durable before its offset may count as done. */
export class Settler {
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /**
   * Resolves when every record that the outcome calls for is acknowledged.
   *
   * @throws when the publisher was closed meanwhile: the delivery then stays unfinished
   */
  async settle({ delivery, isInLane }: Work, result: SendResult): Promise<Settled> {
    const { schedule, logger } = this.deps;
    const { outcome } = result;
    const nowMs = Date.now();
    const step = nextStep(outcome, {
      attempt: delivery.attempt,
      isSubscription: delivery.subscription !== null,
      schedule,
      random01: Math.random(),
    });
    const log = (state: DeliveryState, dueAtMs: number | null = null) =>
      this.deps.attemptLog.write(attemptOf(delivery, answerOf(result), { state, nowMs, dueAtMs }));

    switch (step.kind) {
      case 'done':
        await log('delivered');
        return { kind: 'finished' };
      case 'throttle':
        // Nothing depends on this line: the delivery goes on whether or not it is written.
        log('throttled').catch((error: unknown) => logger.debug({ err: error }, 'attempt.lost'));
        return { kind: 'throttled' };
      case 'disable':
        await log('throttled');
        return { kind: 'gone' };
      case 'retry': {
        const dueAtMs = nowMs + step.waitMs;
        const { attempt } = step;
        // In key order it waits in its lane instead of a retry topic.
        if (isInLane) {
          await log('retrying', dueAtMs);
          return { kind: 'again', attempt, dueAtMs };
        }
        const topic = this.deps.names.retry(step.delayMs);
        const retry = toRetry(delivery.record, this.handOff(delivery, result, nowMs), {
          attempt,
          dueAtMs,
        });
        await Promise.all([this.publish({ topic, ...retry }), log('retrying', dueAtMs)]);
        return { kind: 'finished' };
      }
      case 'dead-letter': {
        const handOff = this.handOff(delivery, result, nowMs);
        await Promise.all([this.bury(delivery.record, handOff), log('dead')]);
        return { kind: 'finished' };
      }
      default:
        return assertNever(step);
    }
  }

  get canPark(): boolean {
    return this.deps.schedule.length > 0;
  }

  /** Moves a delivery that makes way for others to the retry topic that fits its wait. */
  park({ delivery }: Work, expectedWaitMs: number): Promise<void> {
    const delayMs = parkingDelayMs(expectedWaitMs, this.deps.schedule);
    invariant(delayMs !== null, 'no retry topic to make way to');
    const parked = toParked(delivery.record, Date.now() + delayMs);
    return this.publish({ topic: this.deps.names.retry(delayMs), ...parked });
  }

  /** Notes that a delivery is not sent any more, as its subscription was deleted. */
  cancel({ delivery }: Work): Promise<void> {
    const error = 'its subscription was deleted';
    const answer = { status: null, error, excerpt: '', latencyMs: 0 };
    const now = { state: 'cancelled', nowMs: Date.now(), dueAtMs: null } as const;
    return this.deps.attemptLog.write(attemptOf(delivery, answer, now));
  }

  /** A record that is no delivery goes to the dead-letter topic with the reason. */
  async reject(record: LogRecord, reason: string): Promise<void> {
    const nowMs = Date.now();
    const { topic, partition, offset, headers, key } = record;
    this.deps.logger.warn({ topic, partition, offset, reason }, 'record.rejected');
    const handOff = { ...this.common(), attemptsMade: 0, nowMs, status: null, message: reason };
    const attempt: Attempt = {
      id: headers['webhook-id'] ?? `${topic}/${partition}/${offset}`,
      key: key ?? '',
      subscription: null,
      attempt: 0,
      state: 'dead',
      status: null,
      error: reason,
      excerpt: '',
      latencyMs: 0,
      at: nowMs,
      dueAt: null,
      topic,
      partition,
      offset,
    };
    await Promise.all([this.bury(record, handOff), this.deps.attemptLog.write(attempt)]);
  }

  private bury(record: LogRecord, handOff: HandOff): Promise<void> {
    return this.publish({ topic: this.deps.names.deadLetters, ...toDeadLetter(record, handOff) });
  }

  private publish(record: OutgoingRecord): Promise<void> {
    return this.deps.publisher.publish(record, Infinity);
  }

  private common() {
    return { group: this.deps.names.deliveryGroup };
  }

  private handOff(delivery: Work['delivery'], result: SendResult, nowMs: number): HandOff {
    const { outcome, excerpt } = result;
    const words = describeOutcome(outcome);
    return {
      ...this.common(),
      attemptsMade: delivery.attempt,
      nowMs,
      status: statusOf(outcome),
      message: excerpt === '' ? words : `${words}: ${excerpt}`,
    };
  }
}

type Answer = Pick<Attempt, 'status' | 'error' | 'excerpt' | 'latencyMs'>;

function answerOf({ outcome, latencyMs, excerpt }: SendResult): Answer {
  return {
    status: statusOf(outcome),
    error: outcome.kind === 'accepted' ? null : describeOutcome(outcome),
    excerpt,
    latencyMs: Math.round(latencyMs * 100) / 100,
  };
}

function attemptOf(
  { id, key, subscription, attempt, record }: Work['delivery'],
  { status, error, excerpt, latencyMs }: Answer,
  now: { state: DeliveryState; nowMs: number; dueAtMs: number | null },
): Attempt {
  return {
    id,
    key,
    subscription,
    attempt,
    state: now.state,
    status,
    error,
    excerpt,
    latencyMs,
    at: now.nowMs,
    dueAt: now.dueAtMs,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
  };
}
