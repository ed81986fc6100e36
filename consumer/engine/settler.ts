import type { Attempt, DeliveryState } from '../../common/attempt.ts';
import type { LogRecord } from '../../common/delivery.ts';
import { assertNever } from '../../common/errors.ts';
import type { OutgoingRecord, Publisher } from '../../common/kafka/types.ts';
import type { Logger } from '../../common/logger.ts';
import type { TopicNames } from '../../common/topics.ts';
import type { SendResult } from '../deliver/sender.ts';
import type { AttemptLog } from './attempt-log.ts';
import { describeOutcome, statusOf, toDeadLetter, toRetry } from './decide/hand-off.ts';
import type { HandOff } from './decide/hand-off.ts';
import { nextStep } from './decide/next-step.ts';
import type { Work } from './work.ts';

interface Deps {
  readonly publisher: Publisher;
  readonly attemptLog: AttemptLog;
  readonly names: TopicNames;
  readonly schedule: readonly number[];
  /** In key order a retry waits in its lane instead of a retry topic. */
  readonly isKeyOrdered: boolean;
  readonly logger: Logger;
}

/** What the engine does next with a delivery whose attempt has ended. */
export type Settled =
  | { readonly kind: 'finished' }
  | { readonly kind: 'throttled' }
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
  async settle({ delivery }: Work, result: SendResult): Promise<Settled> {
    const { schedule, isKeyOrdered, logger } = this.deps;
    const { outcome } = result;
    const nowMs = Date.now();
    const step = nextStep(outcome, {
      attempt: delivery.attempt,
      schedule,
      random01: Math.random(),
    });
    const log = (state: DeliveryState, dueAtMs: number | null = null) =>
      this.deps.attemptLog.write(attemptOf(delivery, result, { state, nowMs, dueAtMs }));

    switch (step.kind) {
      case 'done':
        await log('delivered');
        return { kind: 'finished' };
      case 'throttle':
        // Nothing depends on this line: the delivery goes on whether or not it is written.
        log('throttled').catch((error: unknown) => logger.debug({ err: error }, 'attempt.lost'));
        return { kind: 'throttled' };
      case 'retry': {
        const dueAtMs = nowMs + step.waitMs;
        const { attempt } = step;
        if (isKeyOrdered) {
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

function attemptOf(
  { id, key, subscription, attempt, record }: Work['delivery'],
  { outcome, latencyMs, excerpt }: SendResult,
  now: { state: DeliveryState; nowMs: number; dueAtMs: number | null },
): Attempt {
  return {
    id,
    key,
    subscription,
    attempt,
    state: now.state,
    status: statusOf(outcome),
    error: outcome.kind === 'accepted' ? null : describeOutcome(outcome),
    excerpt,
    latencyMs: Math.round(latencyMs * 100) / 100,
    at: now.nowMs,
    dueAt: now.dueAtMs,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
  };
}
