import { pause, retryUntilDone } from '../../common/base/retry.ts';
import type { DeliveryState, NewAttempt } from '../../common/model/attempt.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import { deliveryIdOf } from '../../common/model/delivery.ts';
import type { Delivery } from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { AppError, assertNever } from '../../common/base/errors.ts';
import type { OutgoingRecord, Publisher } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { EndpointSettings } from '../../common/send/endpoint-settings.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';
import { describeFailure } from '../../common/send/outcome.ts';
import type { SendResult } from '../../common/send/send-request.ts';
import type { AttemptLog } from './attempt-log.ts';
import { answerOf, attemptOf, concealed } from './ended-attempt.ts';
import type { Ended } from './ended-attempt.ts';
import { statusOf, toDeadLetter, toRetry, withoutMessage } from './failure-record.ts';
import type { HandOff, HandedOff } from './failure-record.ts';
import { nextStep } from './next-step.ts';
import type { Step } from './next-step.ts';
import { WaitingForRoom } from './waiting-for-room.ts';

/** The topic's limit may have been raised meanwhile. */
const REFUSED_WAIT_MS = 2_000;

interface Deps {
  readonly publisher: Publisher;
  readonly attemptLog: Pick<AttemptLog, 'write'>;
  readonly bodyKeys: Pick<BodyKeys, 'sealed' | 'sealText'>;
  readonly names: TopicNames;
  /** Waits between attempts where an endpoint has none of its own; each has a retry topic. */
  readonly schedule: readonly number[];
  readonly logger: Logger;
}

/** Deliveries of an endpoint between two offsets, the second not included. */
export interface LeftBehind {
  readonly endpoint: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly reason: string;
}

/** Next step of the engine for a delivery that goes on after an attempt. */
export type Next =
  | { readonly kind: 'throttled' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'again'; readonly attempt: number; readonly dueAtMs: number };

/** A delivery that was sent. */
interface Sent {
  readonly delivery: Delivery;
  /** Whether the delivery keeps its place among the deliveries of its user. */
  readonly isInLane: boolean;
  readonly endpoint: { readonly settings: Pick<EndpointSettings, 'retryScheduleMs' | 'headers'> };
}

/** Makes the fate of a delivery durable before its offset may count as done. */
export class OutcomeWriter {
  /** Records that wait because their topic takes no record of their size. */
  readonly tooLarge = new WaitingForRoom();
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /**
   * Resolves when every record that the outcome calls for is acknowledged.
   *
   * @returns nothing when the delivery is finished
   *
   * @throws when the publisher was closed meanwhile: the delivery then stays unfinished
   */
  settle({ delivery, isInLane, endpoint }: Sent, result: SendResult): Promise<Next | void> {
    const { outcome } = result;
    const step = nextStep(outcome, {
      attempt: delivery.attempt,
      isSubscription: delivery.subscription !== null,
      schedule: endpoint.settings.retryScheduleMs ?? this.deps.schedule,
      topicDelaysMs: this.deps.schedule,
      random01: Math.random(),
    });
    const ended = concealed(
      { delivery, result, ownHeaders: endpoint.settings.headers },
      this.deps.bodyKeys,
    );
    switch (step.kind) {
      case 'done':
        return this.log(ended, 'delivered');
      case 'throttle':
        // Nothing depends on this line of the log: the delivery continues whether or not it is
        // written.
        this.log(ended, 'throttled').catch((error: unknown) => {
          this.deps.logger.debug({ err: error }, 'attempt.lost');
        });
        return Promise.resolve({ kind: 'throttled' });
      case 'disable':
        return this.log(ended, 'throttled').then(() => ({ kind: 'gone' }));
      case 'retry':
        return this.retry(ended, isInLane, step);
      case 'dead-letter':
        return both(this.deadLetter(delivery.record, this.handOff(ended)), this.log(ended, 'dead'));
      default:
        return assertNever(step);
    }
  }

  /** Notes that a delivery is not sent any more, and why. */
  cancel({ delivery }: Pick<Sent, 'delivery'>, error: string): Promise<void> {
    const now = { state: 'cancelled', nowMs: Date.now() } as const;
    return this.deps.attemptLog.write(attemptOf(delivery, { error, latencyMs: 0 }, now));
  }

  /** Notes in one line that many deliveries are not sent any more. */
  cancelLeft(left: LeftBehind): Promise<void> {
    const { endpoint, topic, partition, from, to, count, reason } = left;
    const error = `${reason}: ${count} of its deliveries, at offsets ${from} to ${to - 1}`;
    return this.deps.attemptLog.write({
      id: `${endpoint}-${topic}-${partition}-${from}-${to}`,
      key: endpoint,
      subscription: endpoint === DEFAULT_ENDPOINT_ID ? undefined : endpoint,
      ...{ attempt: 0, state: 'cancelled', error, latencyMs: 0, at: Date.now() },
      ...{ topic, partition, offset: from, count },
    });
  }

  /** A record that is no delivery goes to the dead-letter topic with the reason. */
  async reject(record: LogRecord, reason: string): Promise<void> {
    const nowMs = Date.now();
    const { topic, partition, offset, key } = record;
    this.deps.logger.warn({ topic, partition, offset, reason }, 'record.rejected');
    const handOff = { ...this.common(), attemptsMade: 0, nowMs, status: null, message: reason };
    const attempt: NewAttempt = {
      id: deliveryIdOf(record),
      key: key ?? '',
      attempt: 0,
      state: 'dead',
      error: reason,
      latencyMs: 0,
      at: nowMs,
      topic,
      partition,
      offset,
    };
    await both(this.deadLetter(record, handOff), this.deps.attemptLog.write(attempt));
  }

  private async retry(
    ended: Ended,
    isInLane: boolean,
    { attempt, delayMs, waitMs }: Extract<Step, { kind: 'retry' }>,
  ): Promise<Next | void> {
    const dueAtMs = ended.result.endedAtMs + waitMs;
    // In key order the delivery waits in its lane instead of a retry topic.
    if (isInLane) {
      await this.log(ended, 'retrying', dueAtMs);
      return { kind: 'again', attempt, dueAtMs };
    }
    const topic = this.deps.names.retry(delayMs);
    const next = { attempt, dueAtMs, place: ended.delivery.place ?? null };
    const retry = toRetry(ended.delivery.record, this.handOff(ended), next);
    await both(this.handOver(topic, retry), this.log(ended, 'retrying', dueAtMs));
  }

  private log(ended: Ended, state: DeliveryState, dueAtMs?: number): Promise<void> {
    const { delivery, result, ownHeaders } = ended;
    // A delivered attempt gets the present time, not that of the answer: between the two, a commit
    // may have said that no earlier attempt is still to be written, and the next owner of the
    // partition believes it.
    const nowMs = state === 'delivered' ? Date.now() : result.endedAtMs;
    const now = { state, nowMs, dueAtMs };
    const answer = { ...answerOf(result, ownHeaders), sealed: ended.sealed };
    const attempt = attemptOf(delivery, answer, now);
    return this.deps.attemptLog.write(attempt);
  }

  private deadLetter(record: LogRecord, handOff: HandOff): Promise<void> {
    return this.handOver(this.deps.names.deadLetters, toDeadLetter(record, handOff));
  }

  /**
   * Writes what becomes of a delivery. When its topic takes no record of that size, first the
   * text of the last error is left out, and then the record waits here until the topic takes it:
   * it is neither lost nor sent again.
   */
  private async handOver(topic: string, handedOff: HandedOff): Promise<void> {
    let record = await this.sealed({ topic, ...handedOff });
    for (let refusals = 0; ; refusals += 1) {
      try {
        await this.deps.publisher.publish(record, Infinity);
        if (refusals > 1) this.tooLarge.ended(topic);
        return;
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'message_too_large') throw error;
        if (refusals === 1) this.tooLarge.began(topic);
        if (refusals > 0) await pause(REFUSED_WAIT_MS);
        record = withoutMessage(record);
      }
    }
  }

  /** Encrypts the copy of a body that came from elsewhere, once Kafka says what keys there are. */
  private async sealed(record: OutgoingRecord): Promise<OutgoingRecord> {
    const seal = async () => this.deps.bodyKeys.sealed([record]);
    const mayRetry = (error: unknown) => error instanceof AppError && error.retryable;
    const [sealed] = await retryUntilDone(seal, { pauseMs: REFUSED_WAIT_MS, mayRetry });
    return sealed ?? record;
  }

  private common() {
    return { group: this.deps.names.deliveryGroup };
  }

  private handOff({ delivery, result }: Ended): HandOff {
    const { outcome, excerpt, detail, endedAtMs: nowMs } = result;
    const words = describeFailure(outcome, detail);
    return {
      ...this.common(),
      attemptsMade: delivery.attempt,
      nowMs,
      status: statusOf(outcome),
      message: excerpt === '' ? words : `${words}: ${excerpt}`,
    };
  }
}

async function both(one: Promise<void>, other: Promise<void>): Promise<void> {
  await Promise.all([one, other]);
}
