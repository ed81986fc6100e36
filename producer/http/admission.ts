import type { DeliveryLimits } from '../../common/topics/delivery-limits.ts';
import { AppError, BrokerUnavailableError } from '../../common/base/errors.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { OutgoingRecord, Publisher } from '../../common/kafka/ports.ts';
import type { LagGate } from '../admission/lag-gate.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';
import { deliveryRecord } from './delivery-record.ts';
import type { DeliveryRequest } from './delivery-record.ts';

interface Deps {
  readonly publisher: Publisher;
  readonly gate: Pick<LagGate, 'isOpen' | 'wrote'>;
  readonly deliveriesTopic: string;
  /** How many the topic has now. */
  readonly partitions: () => number;
  readonly messageBytesMax: number;
  readonly limits: Pick<DeliveryLimits, 'whyTooLarge' | 'topics'>;
  readonly bodyKeys: Pick<BodyKeys, 'sealed'>;
}

const PUBLISH_DEADLINE_MS = 5_000;
const RETRY_AFTER_S = '5';

/** The parts that all routes which take deliveries share. */
export class Admission {
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** A request may be larger than its delivery: spaces, escapes, the other fields. */
  get requestBytesMax(): number {
    return 2 * this.deps.messageBytesMax + 16 * 1024;
  }

  /** @throws HttpProblem 429 while too much waits for delivery */
  check(): void {
    if (this.deps.gate.isOpen) return;
    throw new HttpProblem(429, 'Too many records wait for delivery (MAX_LAG); try again later', {
      code: 'lag',
      headers: { 'retry-after': RETRY_AFTER_S },
    });
  }

  /** @throws HttpProblem 413 */
  checkSize(bytes: number): void {
    const { messageBytesMax } = this.deps;
    if (bytes <= messageBytesMax) return;
    const detail = `The delivery's body of ${bytes} bytes is larger than ${messageBytesMax}`;
    throw new HttpProblem(413, `${detail} (MAX_MESSAGE_BYTES)`);
  }

  /**
   * Writes deliveries and resolves when all in-sync replicas have them.
   *
   * @throws HttpProblem 413 larger than the topics take
   * @throws BrokerUnavailableError some may have been written all the same
   */
  async write(requested: readonly DeliveryRequest[]): Promise<void> {
    const { deliveriesTopic, partitions, gate } = this.deps;
    const records = requested.map((one) => deliveryRecord(one, deliveriesTopic, partitions()));
    for (const record of records) this.checkFits(record);
    await this.publish(records);
    gate.wrote(records.length);
  }

  /** @throws HttpProblem 413 */
  private checkFits(record: OutgoingRecord): void {
    const reason = this.deps.limits.whyTooLarge(record);
    if (reason !== null) throw new HttpProblem(413, `The delivery is too large: ${reason}`);
  }

  private async publish(records: readonly OutgoingRecord[]): Promise<void> {
    try {
      await this.publishAll(records);
    } catch (error) {
      // The topic takes less since its settings were read.
      const { cause = error } = error as { cause?: unknown };
      const isTooLarge = [error, cause].some(
        (one) => one instanceof AppError && one.code === 'message_too_large',
      );
      const [largest] = records.toSorted((a, b) => bytesOf(b) - bytesOf(a));
      if (!isTooLarge || !largest) throw error;
      await this.deps.limits.topics.refused(largest);
      this.checkFits(largest);
      throw error;
    }
  }

  private async publishAll(plain: readonly OutgoingRecord[]): Promise<void> {
    const { publisher, bodyKeys } = this.deps;
    const records = await bodyKeys.sealed(plain);
    const [only] = records;
    if (only && records.length === 1) return publisher.publish(only, PUBLISH_DEADLINE_MS);
    const all = records.map((record) => publisher.publish(record, PUBLISH_DEADLINE_MS));
    const failed = (await Promise.allSettled(all)).filter(({ status }) => status === 'rejected');
    if (failed.length === 0) return;
    const [first] = failed as PromiseRejectedResult[];
    const detail = `${failed.length} of ${records.length} deliveries were not acknowledged`;
    throw new BrokerUnavailableError(
      `${detail}; asking again may repeat the others`,
      first?.reason,
    );
  }
}

const bytesOf = ({ value }: OutgoingRecord) => Buffer.byteLength(value ?? '');
