import { DELIVERY_CONTENT_TYPE, HEADER } from '../../common/delivery.ts';
import type { Delivery } from '../../common/delivery.ts';
import { sign } from '../../common/signature.ts';
import type { SigningKey } from '../../common/signature.ts';
import { AcceptRate } from './accept-rate.ts';
import { UNTHROTTLED, climb, throttle } from './decide/pace.ts';
import type { Pace } from './decide/pace.ts';
import { createLeaseLimiter } from './lease-limiter.ts';
import type { LeaseLimiter } from './lease-limiter.ts';
import { createSender } from './sender.ts';
import type { SendResult, Sender } from './sender.ts';

export interface EndpointSettings {
  /** Subscription id; null: the default endpoint. */
  readonly id: string | null;
  readonly url: string;
  readonly keys: readonly SigningKey[];
  readonly userAgent: string;
  readonly connections: number;
  readonly timeoutMs: number;
}

const CLIMB_INTERVAL_MS = 1_000;

/** A target with everything that limits how it is sent to. */
export class Endpoint {
  readonly settings: EndpointSettings;
  inFlight = 0;
  private readonly path: string;
  private readonly sender: Sender;
  private readonly limiter: LeaseLimiter;
  private readonly accepted = new AcceptRate();
  private readonly onReady: () => void;
  private readonly climber: NodeJS.Timeout;
  private pace: Pace = UNTHROTTLED;
  private shareOfLimit: number | null = null;
  private wake: NodeJS.Timeout | null = null;

  /** @param onReady called when the endpoint, having refused a start, may be tried again */
  constructor(settings: EndpointSettings, onReady: () => void) {
    const url = new URL(settings.url);
    this.settings = settings;
    this.onReady = onReady;
    this.path = url.pathname + url.search;
    this.sender = createSender(url.origin, settings.connections, settings.timeoutMs);
    this.limiter = createLeaseLimiter(onReady);
    this.climber = setInterval(() => this.climb(), CLIMB_INTERVAL_MS).unref();
  }

  /** Takes the right to one send now; when false, `onReady` will be called. */
  tryStart(): boolean {
    if (this.inFlight >= this.settings.connections) return false;
    if (Date.now() < this.pace.pausedUntilMs || !this.limiter.tryTake()) return false;
    this.inFlight += 1;
    return true;
  }

  /** Makes one attempt under a right taken with `tryStart`. Never rejects. */
  async attempt(delivery: Delivery): Promise<SendResult> {
    const headers = this.headersFor(delivery);
    const result = await this.sender.send({ path: this.path, headers, body: delivery.body });
    this.inFlight -= 1;
    if (result.outcome.kind === 'accepted') this.accepted.count(Date.now());
    return result;
  }

  /** The endpoint asked for rest: pauses it and lowers its rate. */
  throttled(retryAfterMs: number | null, latencyMs: number): void {
    const nowMs = Date.now();
    this.pace = throttle(this.pace, {
      nowMs,
      sentAtMs: nowMs - latencyMs,
      retryAfterMs,
      acceptedPerSecond: this.accepted.perSecond(nowMs),
    });
    this.applyRate();
    if (this.wake) clearTimeout(this.wake);
    this.wake = setTimeout(this.onReady, this.pace.pausedUntilMs - nowMs + 1);
  }

  /** @param ratePerSecond this process's share of the endpoint's limit; null: no limit */
  setShare(ratePerSecond: number | null): void {
    this.shareOfLimit = ratePerSecond;
    this.applyRate();
  }

  get state(): { readonly ratePerSecond: number | null; readonly pausedUntilMs: number } {
    return { ratePerSecond: this.rate, pausedUntilMs: this.pace.pausedUntilMs };
  }

  async close(): Promise<void> {
    clearInterval(this.climber);
    if (this.wake) clearTimeout(this.wake);
    this.limiter.close();
    await this.sender.close();
  }

  private get rate(): number | null {
    const { ratePerSecond } = this.pace;
    if (ratePerSecond === null || this.shareOfLimit === null) {
      return ratePerSecond ?? this.shareOfLimit;
    }
    return Math.min(ratePerSecond, this.shareOfLimit);
  }

  private climb(): void {
    const next = climb(this.pace, Date.now());
    if (next === this.pace) return;
    this.pace = next;
    this.applyRate();
  }

  private applyRate(): void {
    this.limiter.setRate(this.rate);
  }

  private headersFor({ id, body, attempt, record }: Delivery): string[] {
    const timestampS = Math.floor(Date.now() / 1_000);
    const { keys, userAgent } = this.settings;
    const headers = [
      'webhook-id',
      id,
      'webhook-timestamp',
      String(timestampS),
      'webhook-attempt',
      String(attempt),
      'content-type',
      record.headers[HEADER.contentType] ?? DELIVERY_CONTENT_TYPE,
      'user-agent',
      userAgent,
    ];
    if (keys.length > 0) headers.push('webhook-signature', sign(keys, { id, timestampS, body }));
    for (const name of PASSED_ON) {
      const value = record.headers[name];
      if (value !== undefined) headers.push(name, value);
    }
    return headers;
  }
}

/** Headers that go from the record to the wire as they are. */
const PASSED_ON = [HEADER.eventType, HEADER.traceparent, HEADER.replay] as const;
