import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '../../../common/kafka/produce/partitioner.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { createLogger } from '../../../common/base/logger.ts';
import type { Subscription } from '../../../common/model/subscription.ts';
import { createReceiver } from '../../../receiver/receiver.ts';
import type { ModeInput, Receiver } from '../../../receiver/receiver.ts';
import type { DeliverySystem } from '../delivery.ts';
import type { Seeded } from '../../../infra/tools/seeded.ts';
import { aSubscription } from '../subscription.ts';
import { until } from '../until.ts';

/** For each of the two, with each file: some for every partition. */
const SENT_WITH_A_FILE = 40;
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
 * rest, which is then ended. What comes for the closed one waits behind a cursor of its own.
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

  private constructor(
    system: DeliverySystem,
    receivers: readonly [Receiver, Receiver],
    calm: ModeInput,
  ) {
    this.system = system;
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
    const sides = new SideEndpoints(system, [await aReceiver(), await aReceiver()], calm);
    t.after(() => Promise.all(sides.receivers.map((receiver) => receiver.close())));
    t.after(() => sides.publisher.close());
    await sides.save(sides.rests, {});
    await sides.close(sides.off);
    return sides;
  }

  /** Deliveries to each, of the same users as the rows of files. */
  send(users: number): void {
    for (const side of this.sides) {
      for (let n = 0; n < SENT_WITH_A_FILE; n += 1) {
        const sending = this.sendOne(side, users).finally(() => this.sending.delete(sending));
        this.sending.add(sending);
      }
    }
  }

  /** All that was sent is in the log. */
  async sent(): Promise<number> {
    await Promise.all(this.sending);
    return this.off.sent + this.rests.sent;
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
      .flatMap(({ subscription: { id }, sent }) => idsOf(id, sent))
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
