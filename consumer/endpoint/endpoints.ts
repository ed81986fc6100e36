import { retryWhile } from '../../common/base/retry.ts';
import type { DefaultEndpoint } from '../../common/subscriptions/default-endpoint.ts';
import { messageOf } from '../../common/base/errors.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { Endpoint } from './endpoint.ts';
import { isStoppedByPerson, sendingState } from '../../common/send/endpoint-settings.ts';
import type { EndpointSettings } from '../../common/send/endpoint-settings.ts';
import { disabledBecause } from './disable-policy.ts';
import { WHOLE } from './time-slots.ts';
import type { Share } from './time-slots.ts';
import { FailureMonitor } from './failure-monitor.ts';
import type { OAuth2Sender } from '../../common/send/oauth2-sender.ts';
import type { UnderWay, WatchedSender } from '../../common/send/sender.ts';
import type { SubscriptionWriter } from './subscription-writer.ts';

interface Deps {
  readonly subscriptions: CompactedTable<Subscription>;
  /** Throws when a subscription cannot be used, as one whose secret cannot be read. */
  readonly settingsOf: (subscription: Subscription) => EndpointSettings;
  /** Makes what is found out about a subscription known to all. */
  readonly writer: SubscriptionWriter;
  /** How long a target may accept nothing, ms; null: for ever. */
  readonly disableAfterMs: number | null;
  /** Sends to WEBHOOK_URL, which the operator has set. */
  readonly standardSender: WatchedSender;
  /** Sends to URLs that came by the API. */
  readonly guardedSender: WatchedSender;
  /** Sends to such URLs with access tokens. */
  readonly oauth2: OAuth2Sender;
  readonly userAgent: string;
  readonly onReady: (endpoint: Endpoint) => void;
  /** Called with each subscription that has been made since this process began. */
  readonly onNew: (subscription: Subscription) => void;
  readonly logger: Logger;
}

const CLIMB_INTERVAL_MS = 1_000;
const READ_AGAIN_MS = 500;
const NOWHERE = 'http://unusable.invalid/';

/** Every endpoint of this process: the default one and those of subscriptions, as they are now. */
export class Endpoints {
  private readonly deps: Deps;
  private readonly watch: FailureMonitor;
  private readonly standard: Endpoint;
  /**
   * Endpoints by subscription id. Each is created when its first delivery comes, because most
   * subscriptions have none in this process.
   */
  private readonly bySubscription = new Map<string, Endpoint>();
  private readonly lookUps = new Map<string, Promise<Endpoint | null>>();
  private reading: Promise<void> = Promise.resolve();
  private nextReading: Promise<void> | null = null;
  private readonly climber: NodeJS.Timeout;
  private readonly enabled = new Set<string>();
  private readonly known = new Set<string>();
  private isStandardUsed = false;
  private share: Share = WHOLE;
  private isClosed = false;

  constructor(deps: Deps, standard: EndpointSettings) {
    this.deps = deps;
    this.watch = new FailureMonitor({
      ...deps,
      disable: (id, reason, isSo) => this.disable(id, reason, isSo),
    });
    this.standard = new Endpoint({ ...deps, sender: deps.standardSender }, standard);
    for (const [id, subscription] of deps.subscriptions.entries()) {
      this.known.add(id);
      this.note(id, subscription);
    }
    deps.subscriptions.onChange((id, subscription) => this.changed(id, subscription));
    this.climber = setInterval(() => this.climb(), CLIMB_INTERVAL_MS).unref();
  }

  *all(): Iterable<Endpoint> {
    yield this.standard;
    yield* this.bySubscription.values();
  }

  /** Requests to any endpoint that have been under way for so long at least. */
  underWay(forMsMin: number): readonly UnderWay[] {
    const { standardSender, guardedSender } = this.deps;
    return [standardSender, guardedSender].flatMap((sender) => sender.underWay(forMsMin));
  }

  /** Whether deliveries of other endpoints may lie in the log beside those of this one. */
  hasNeighbours({ settings: { id } }: Endpoint): boolean {
    const others = this.enabled.size - (id !== null && this.enabled.has(id) ? 1 : 0);
    return others > 0 || (id !== null && this.isStandardUsed);
  }

  /**
   * The endpoint of a subscription, null being the default one.
   *
   * @returns null when it is not known yet: `lookUp` then tells whether there is one
   */
  find(subscription: string | null): Endpoint | null {
    if (subscription === null) {
      this.isStandardUsed = true;
      return this.standard;
    }
    const known = this.bySubscription.get(subscription);
    if (known) return known;
    // A delivery that came first waits for a look-up; a later one must not overtake it.
    if (this.lookUps.has(subscription)) return null;
    const found = this.deps.subscriptions.get(subscription);
    return found ? this.create(found) : null;
  }

  /** Resolves when all subscriptions that are written by now are known. */
  caughtUp(): Promise<void> {
    return this.readOn();
  }

  /**
   * Finds a subscription that may have been written a moment ago, after what we have read.
   *
   * @returns null when there is none; answers come in the order of the calls
   */
  lookUp(subscription: string): Promise<Endpoint | null> {
    let lookUp = this.lookUps.get(subscription);
    if (!lookUp) {
      lookUp = this.readAndFind(subscription);
      this.lookUps.set(subscription, lookUp);
    }
    return lookUp;
  }

  /**
   * Sends no more to a subscription, and publishes that to all processes. A change that a person
   * makes meanwhile wins: this process reads it, and decides again.
   *
   * @param isSo whether the reason still holds when it is written
   */
  disable(id: string, reason: string, isSo: (now: Subscription) => boolean = () => true): void {
    const seen = this.deps.subscriptions.get(id);
    const endpoint = this.bySubscription.get(id);
    if (seen?.state !== 'enabled' || endpoint?.settings.state !== 'enabled') return;
    endpoint.update({ ...endpoint.settings, state: 'disabled' });
    this.deps.logger.warn({ subscription: id, reason }, 'subscription.disabled');
    const change = (now: Subscription) =>
      isSo(now) ? disabledBecause(now, seen, { reason, nowMs: Date.now() }) : now;
    this.deps.writer.want(id, change, true);
  }

  /** The endpoint of WEBHOOK_URL was changed by the API. */
  changeStandard(changed: DefaultEndpoint): void {
    const resumedAtMs = changed.resumedAt ?? 0;
    const state = sendingState(changed);
    const isStopped = isStoppedByPerson(changed);
    this.standard.update({ ...this.standard.settings, state, isStopped, resumedAtMs });
  }

  /** @param share part of every limit of the fleet that this process may use; not empty */
  setShare(share: Share): void {
    this.share = share;
    for (const endpoint of this.all()) endpoint.setShare(share);
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.climber);
    this.deps.writer.close();
    for (const endpoint of this.all()) endpoint.close();
  }

  private async readAndFind(id: string): Promise<Endpoint | null> {
    const isWanted = () => !this.isClosed;
    await retryWhile(isWanted, () => this.readOn(), {
      pauseMs: READ_AGAIN_MS,
      onFailure: (error) =>
        this.deps.logger.warn({ err: messageOf(error) }, 'subscriptions.unread'),
    });
    this.lookUps.delete(id);
    return this.find(id);
  }

  /**
   * Reads the subscriptions to their end. One reading serves all callers that came before it began.
   */
  private readOn(): Promise<void> {
    this.nextReading ??= this.reading
      .catch(() => {})
      .then(() => {
        this.nextReading = null;
        this.reading = this.deps.subscriptions.caughtUp();
        return this.reading;
      });
    return this.nextReading;
  }

  private create(subscription: Subscription): Endpoint {
    const { id } = subscription;
    const endpoint = new Endpoint(
      {
        ...this.deps,
        sender: this.deps.guardedSender,
        onOutcome: (outcome, nowMs, detail) => this.watch.learn(id, outcome, nowMs, detail),
      },
      this.usable(subscription),
    );
    endpoint.setShare(this.share);
    this.bySubscription.set(id, endpoint);
    return endpoint;
  }

  private note(id: string, subscription: Subscription | undefined): void {
    if (subscription?.state === 'enabled') this.enabled.add(id);
    else this.enabled.delete(id);
  }

  private changed(id: string, subscription: Subscription | undefined): void {
    this.note(id, subscription);
    const isNew = subscription !== undefined && !this.known.has(id);
    if (isNew) {
      this.known.add(id);
      this.deps.onNew(subscription);
    }
    const endpoint = this.bySubscription.get(id);
    if (!endpoint) return;
    const { settings } = endpoint;
    endpoint.update(subscription ? this.usable(subscription) : { ...settings, state: 'deleted' });
  }

  /**
   * Returns the settings of a subscription. A subscription that cannot be used is kept disabled:
   * its deliveries wait until it is repaired.
   */
  private usable(subscription: Subscription): EndpointSettings {
    try {
      return this.deps.settingsOf(subscription);
    } catch (error) {
      const { id } = subscription;
      this.deps.logger.error({ subscription: id, err: messageOf(error) }, 'subscription.unusable');
      const state = subscription.state === 'enabled' ? 'disabled' : subscription.state;
      // Nothing of it that may be broken is read again: an error here would stop the process.
      const unread = { secrets: [], headers: {}, oauth2: null, targetUrl: NOWHERE };
      return this.deps.settingsOf({ ...subscription, ...unread, state });
    }
  }

  private climb(): void {
    const nowMs = Date.now();
    for (const endpoint of this.all()) {
      endpoint.climb(nowMs);
      // A wake-up that was missed would hold its deliveries for ever.
      this.deps.onReady(endpoint);
    }
  }
}
