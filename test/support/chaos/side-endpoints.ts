import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '../../../common/kafka/produce/partitioner.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { createLogger } from '../../../common/base/logger.ts';
import type { LogRecord } from '../../../common/kafka/log-record.ts';
import { HEADER } from '../../../common/model/delivery.ts';
import type { Subscription } from '../../../common/model/subscription.ts';
import { createReceiver } from '../../../receiver/receiver.ts';
import type { ModeInput, Receiver } from '../../../receiver/receiver.ts';
import type { DeliverySystem } from '../delivery.ts';
import type { Seeded } from '../../../infra/tools/seeded.ts';
import { aSubscription } from '../subscription.ts';
import { until } from '../until.ts';
import { SOURCE_PARTITIONS, SourceTopic } from './source-topic.ts';

/** For each of the two, with each file: some for every partition. */
const SENT_WITH_A_FILE = 40;
/** Records of the source topic with each file; both take each. */
const EVENTS_WITH_A_FILE = 20;
const TURN_MS_MAX = 1_500;
/** Mode of a receiver whose pause ends only when the test ends it. */
const RESTS: ModeInput = { mode: 'error', status: 429, retryAfter: 3_600 };

interface Side {
  readonly subscription: Subscription;
  readonly receiver: Receiver;
  isOpen: boolean;
  sent: number;
}

/**
 * Two subscriptions beside WEBHOOK_URL, for which deliveries come all the time and of which one is
 * always closed: `sub_off` is disabled and enabled, the target of `sub_rests` asks for an hour's
 * rest, which is then ended. What comes for the closed one waits behind a cursor of its own. Both
 * also take each record of a source topic, which Hookline reads in place.
 */
export class SideEndpoints {
  /** Receivers of `sub_off` and of `sub_rests`. */
  readonly receivers: readonly [Receiver, Receiver];
  private readonly system: DeliverySystem;
  private readonly publisher: ReturnType<typeof createPublisher>;
  private readonly calm: ModeInput;
  private readonly off: Side;
  private readonly rests: Side;
  private readonly sending = new Set<Promise<void>>();
  private readonly source: SourceTopic;
  private events = 0;

  private constructor(
    system: DeliverySystem,
    source: SourceTopic,
    receivers: readonly [Receiver, Receiver],
    calm: ModeInput,
  ) {
    this.system = system;
    this.source = source;
    this.receivers = receivers;
    this.calm = calm;
    const logger = createLogger('test', 'silent');
    this.publisher = createPublisher({ kafka: system.kafka, logger });
    const [off, rests] = receivers;
    // One of them has the order that the run has not.
    const other = system.config.ORDERING === 'key' ? 'none' : 'key';
    const side = (id: string, receiver: Receiver, ordering: Subscription['ordering']): Side => ({
      subscription: aSubscription({ id, targetUrl: `${receiver.url}/webhook`, ordering }),
      ...{ receiver, isOpen: true, sent: 0 },
    });
    this.off = side('sub_off', off, null);
    this.rests = side('sub_rests', rests, other);
  }

  /** Begins with `sub_off` closed. */
  static async open(
    t: TestContext,
    system: DeliverySystem,
    { calm, keep }: { calm: ModeInput; keep: number },
  ): Promise<SideEndpoints> {
    const aReceiver = () => createReceiver({ mode: calm, keep });
    const [name = ''] = system.config.SOURCE_TOPICS;
    const source = await SourceTopic.make(system, name);
    t.after(() => source.close());
    const receivers = [await aReceiver(), await aReceiver()] as const;
    const sides = new SideEndpoints(system, source, receivers, calm);
    t.after(() => Promise.all(sides.receivers.map((receiver) => receiver.close())));
    t.after(() => sides.publisher.close());
    await sides.save(sides.rests, {});
    await sides.close(sides.off);
    return sides;
  }

  /** Deliveries to each, and events for both, of the same users as the rows of files. */
  send(users: number): void {
    const all = [
      ...this.sides.flatMap((side) =>
        Array.from({ length: SENT_WITH_A_FILE }, () => this.sendOne(side, users)),
      ),
      ...Array.from({ length: EVENTS_WITH_A_FILE }, () => this.writeEvent(users)),
    ];
    for (const one of all) {
      const sending = one.finally(() => this.sending.delete(sending));
      this.sending.add(sending);
    }
  }

  /** All that was sent is in the log. */
  async sent(): Promise<number> {
    await Promise.all(this.sending);
    await this.source.caughtUp();
    return this.off.sent + this.rests.sent + this.ofSource().length;
  }

  /** Deliveries of the source topic, each with the subscription it is for. */
  ofSource(): readonly LogRecord[] {
    return this.sides.flatMap(({ subscription: { id } }) => this.source.deliveriesTo(id));
  }

  /** The one that is closed opens, the other one closes, sometime soon. */
  async turn(random: Seeded): Promise<void> {
    const [open, closed] = this.off.isOpen ? [this.off, this.rests] : [this.rests, this.off];
    const turns = [() => this.openAgain(closed), () => this.close(open)];
    for (const turn of random.shuffle(turns)) {
      await sleep(random.between(0, TURN_MS_MAX));
      await turn();
    }
  }

  async openAll(): Promise<void> {
    for (const side of this.sides) if (!side.isOpen) await this.openAgain(side);
  }

  /** Endpoints that are closed. */
  get closed(): readonly string[] {
    return this.sides.filter(({ isOpen }) => !isOpen).map(({ subscription: { id } }) => id);
  }

  /** Deliveries to those that are open that have not arrived. */
  missing(isAccepted: (id: string) => boolean): readonly string[] {
    return this.unaccepted(({ isOpen }) => isOpen, isAccepted);
  }

  /** Deliveries that cannot have arrived, as their endpoint is closed. */
  owed(isAccepted: (id: string) => boolean): number {
    return this.unaccepted(({ isOpen }) => !isOpen, isAccepted).length;
  }

  /** @param id of a subscription; null: WEBHOOK_URL */
  isKeyOrdered(id: string | null): boolean {
    const side = this.sides.find(({ subscription }) => subscription.id === id);
    return (side?.subscription.ordering ?? this.system.config.ORDERING) === 'key';
  }

  /** Something waits behind a cursor. */
  async untilDetached(describe: () => unknown): Promise<void> {
    await until(async () => (await this.system.cursors()).length > 0, { everyMs: 100, describe });
  }

  private get sides(): readonly Side[] {
    return [this.off, this.rests];
  }

  private unaccepted(isWanted: (side: Side) => boolean, isAccepted: (id: string) => boolean) {
    return this.sides
      .filter(isWanted)
      .flatMap(({ subscription: { id }, sent }) => [
        ...idsOf(id, sent),
        ...this.source.deliveriesTo(id).map(({ headers }) => String(headers[HEADER.id])),
      ])
      .filter((id) => !isAccepted(id));
  }

  private async close(side: Side): Promise<void> {
    if (side === this.off) await this.save(side, { state: 'disabled' });
    else side.receiver.setMode(RESTS);
    side.isOpen = false;
  }

  private async openAgain(side: Side): Promise<void> {
    if (side === this.rests) side.receiver.setMode(this.calm);
    await this.save(side, { state: 'enabled', resumedAt: Date.now() });
    side.isOpen = true;
  }

  private save({ subscription }: Side, change: Partial<Subscription>): Promise<void> {
    const { config, names } = this.system;
    const { id } = subscription;
    return this.publisher.publish(
      {
        ...{ topic: names.subscriptions, partition: partitionOf(id, config.PARTITIONS), key: id },
        value: JSON.stringify({ ...subscription, updatedAt: Date.now(), ...change }),
        headers: {},
      },
      Infinity,
    );
  }

  private writeEvent(users: number): Promise<void> {
    this.events += 1;
    const { name } = this.source;
    const key = `user-${this.events % users}`;
    const partition = partitionOf(key, SOURCE_PARTITIONS);
    const value = JSON.stringify({ userId: key });
    return this.publisher.publish({ topic: name, partition, key, value, headers: {} }, Infinity);
  }

  private sendOne(side: Side, users: number): Promise<void> {
    const { config, names } = this.system;
    const { id } = side.subscription;
    side.sent += 1;
    const key = `user-${side.sent % users}`;
    return this.publisher.publish(
      {
        ...{ topic: names.deliveries, partition: partitionOf(key, config.PARTITIONS), key },
        value: JSON.stringify({ userId: key }),
        headers: { 'webhook-id': `${id}-${side.sent}`, 'wh-subscription': id },
      },
      Infinity,
    );
  }
}

function idsOf(subscription: string, sent: number): readonly string[] {
  return Array.from({ length: sent }, (_, n) => `${subscription}-${n + 1}`);
}
