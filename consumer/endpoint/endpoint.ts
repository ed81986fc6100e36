import { isDeepStrictEqual } from 'node:util';
import { invariant } from '../../common/base/errors.ts';
import type { RestingReason } from '../../common/model/consumer-state.ts';
import type { Delivery } from '../../common/model/delivery.ts';
import type { AccessTokens } from '../../common/send/access-tokens.ts';
import { deliveryContent } from '../../common/send/delivery-headers.ts';
import type { EndpointSettings } from '../../common/send/endpoint-settings.ts';
import type { OAuth2Sender } from '../../common/send/oauth2-sender.ts';
import type { Outcome } from '../../common/send/outcome.ts';
import type { Sender } from '../../common/send/sender.ts';
import type { SendRequest, SendResult } from '../../common/send/send-request.ts';
import { statusOf } from '../outcome/failure-record.ts';
import { asksForRest } from '../outcome/next-step.ts';
import { RateMeter } from './rate-meter.ts';
import { CLOSED, admits, afterOutcome } from './circuit-breaker.ts';
import type { Circuit } from './circuit-breaker.ts';
import { DEPENDENCIES_WORK, afterDependency, dependencyAdmits } from './dependency-pause.ts';
import type { DependencyPause } from './dependency-pause.ts';
import { UNTHROTTLED, climb, throttle } from './adaptive-rate.ts';
import type { Pace } from './adaptive-rate.ts';
import { WHOLE, fleetShare, usesTimeSlots } from './time-slots.ts';
import type { Share } from './time-slots.ts';
import { createRateLimiter } from './rate-limiter.ts';
import type { RateLimiter } from './rate-limiter.ts';

interface Deps {
  /** Sends the requests to this endpoint. */
  readonly sender: Sender;
  /** Sends those that need an access token; absent: none of its settings does. */
  readonly oauth2?: OAuth2Sender;
  readonly userAgent: string;
  /** Called when the endpoint, having refused a start, may be tried again. */
  readonly onReady: (endpoint: Endpoint) => void;
  /** Called with what came of each attempt. */
  readonly onOutcome?: (outcome: Outcome, nowMs: number, detail: string) => void;
}

const GONE = 410;
/**
 * Pauses above this close the endpoint, in ms. For a shorter pause the deliveries wait where they
 * are.
 */
const LONG_REST_MS = 5_000;
/** Longest time that a newcomer can wait for places that are taken, in ms. */
const PROMPT_MS = 500;
/**
 * Answers that take longer than this, in ms, make an endpoint slow: it must not keep all places.
 */
const SLOW_MS = 2_000;

/** A target with everything that limits how it is sent to. */
export class Endpoint {
  inFlight = 0;
  private readonly deps: Deps;
  private readonly limiter: RateLimiter;
  private readonly accepted = new RateMeter();
  private current: EndpointSettings;
  private pace: Pace = UNTHROTTLED;
  private circuit: Circuit = CLOSED;
  private dependencyPause: DependencyPause = DEPENDENCIES_WORK;
  private tokens: AccessTokens | null;
  private share: Share = WHOLE;
  private wake: NodeJS.Timeout | null = null;
  /** The target has said so; it will be told to all processes that it is disabled. */
  private isGone = false;
  private acceptedAtMs = 0;
  private promptUntilMs = 0;
  /** Whether the last answer took long. */
  private wasSlow = false;
  /** Time since which a request has been under way and no answer has come, ms since 1970. */
  private silentSinceMs = 0;

  constructor(deps: Deps, settings: EndpointSettings) {
    this.deps = deps;
    this.limiter = createRateLimiter(() => deps.onReady(this));
    this.current = settings;
    this.tokens = this.tokensOf(settings);
    this.applyRate();
  }

  get settings(): EndpointSettings {
    return this.current;
  }

  /** Takes on new settings; what is under way ends under the old ones. */
  update(settings: EndpointSettings): void {
    const { current: before } = this;
    const isEnabled = before.state !== 'enabled' && settings.state === 'enabled';
    const isResumed = settings.resumedAtMs > before.resumedAtMs;
    this.current = settings;
    this.isGone = false;
    if (isEnabled || isResumed || !this.leadsTo(before.origin, before.path)) {
      this.pace = UNTHROTTLED;
      this.circuit = CLOSED;
      this.dependencyPause = DEPENDENCIES_WORK;
      this.wasSlow = false;
      this.silentSinceMs = Date.now();
    }
    if (!isDeepStrictEqual(before.oauth2, settings.oauth2)) {
      this.tokens = this.tokensOf(settings);
      this.dependencyPause = DEPENDENCIES_WORK;
    }
    this.applyRate();
    this.deps.onReady(this);
  }

  /** Whether the endpoint has answered 410 and was not changed since. */
  get saidGone(): boolean {
    return this.isGone;
  }

  /** Takes the right to one send now; when false, `onReady` will be called. */
  tryStart(): boolean {
    const nowMs = Date.now();
    if (this.current.state === 'disabled' || this.isGone) return false;
    if (nowMs < this.pace.pausedUntilMs || this.isFull) return false;
    if (!dependencyAdmits(this.dependencyPause, this.inFlight, nowMs)) return false;
    if (this.tokens?.admits(this.inFlight, nowMs) === false) return false;
    if (!admits(this.circuit, this.inFlight, nowMs) || !this.limiter.tryTake()) return false;
    if (this.inFlight === 0) this.silentSinceMs = nowMs;
    this.inFlight += 1;
    return true;
  }

  /** Whether it has as many requests under way as its own settings let. */
  private get isFull(): boolean {
    return this.inFlight >= (this.current.concurrency ?? Infinity);
  }

  /** Sends a request, with an access token where the endpoint wants one. */
  send(request: SendRequest): Promise<SendResult> {
    const { sender, oauth2 } = this.deps;
    return this.tokens && oauth2 ? oauth2.send(this.tokens, request) : sender.send(request);
  }

  private tokensOf({ oauth2 }: EndpointSettings): AccessTokens | null {
    if (!oauth2) return null;
    invariant(this.deps.oauth2, 'an endpoint that wants tokens has who fetches them');
    return this.deps.oauth2.tokensOf(oauth2, () => this.deps.onReady(this));
  }

  /**
   * Returns the request to send under a right taken with `tryStart`. The caller calls `ended` once
   * the request is over.
   *
   * @param traceparent that of the attempt; absent: that of the record
   */
  requestFor(delivery: Delivery, traceparent?: string): SendRequest {
    const { origin, path, timeoutMs = null } = this.current;
    const { userAgent } = this.deps;
    const { current } = this;
    const { headers, body } = deliveryContent(
      delivery,
      current,
      userAgent,
      Date.now(),
      traceparent,
    );
    return { origin, path, headers, body, delivery, timeoutMs };
  }

  /** Gives the right back, and takes note of what came of it. */
  ended({ origin, path }: Pick<SendRequest, 'origin' | 'path'>, result: SendResult): void {
    const wasFull = this.isFull;
    this.inFlight -= 1;
    // Without a token one request at a time was let through.
    if (wasFull || this.tokens) this.deps.onReady(this);
    // An answer of another target, to which the endpoint led before, says nothing about this one.
    if (this.leadsTo(origin, path)) this.learn(result);
  }

  /** @param share part of the fleet's limit that this process may use */
  setShare(share: Share): void {
    this.share = share;
    this.applyRate();
  }

  /** Lets the rate recover after a throttling answer; to be called about once a second. */
  climb(nowMs: number): void {
    const next = climb(this.pace, nowMs);
    if (next === this.pace) return;
    this.pace = next;
    this.applyRate();
  }

  /** Whether the endpoint has just given a quick answer. */
  get isPrompt(): boolean {
    return Date.now() < this.promptUntilMs;
  }

  /** Whether its answers take long, or none has come for long. */
  isSlowAt(nowMs: number): boolean {
    return this.wasSlow || (this.inFlight > 0 && nowMs - this.silentSinceMs > SLOW_MS);
  }

  /** Whether it takes a delivery now, as far as it is known. */
  mayTakeAt(nowMs: number): boolean {
    if (this.current.state !== 'enabled' || this.isGone) return false;
    return nowMs >= this.pausedUntilMs && nowMs >= this.circuit.openUntilMs;
  }

  /** Whether it takes nothing for a while, apart from probes: what comes for it had better wait. */
  isClosedAt(nowMs: number): boolean {
    if (this.current.state === 'deleted') return false;
    if (this.current.state === 'disabled' || this.isGone) return true;
    if (this.circuit.openUntilMs > 0 || this.dependencyPause.failing !== null) return true;
    return this.pace.pausedUntilMs - nowMs > LONG_REST_MS;
  }

  get state(): EndpointState {
    const { state } = this.current;
    if (state !== 'enabled') return state;
    if (this.circuit.openUntilMs > 0) return 'circuit-open';
    return this.restingReason === null ? 'open' : 'paused';
  }

  /** End of the pause that the target asked for, or what it depends on needs, ms since 1970. */
  private get pausedUntilMs(): number {
    return Math.max(this.pace.pausedUntilMs, this.dependencyPause.untilMs);
  }

  /** End of its pause, ms since 1970; null: no pause. */
  get restingUntilMs(): number | null {
    const { pausedUntilMs } = this;
    return pausedUntilMs > Date.now() ? Math.round(pausedUntilMs) : null;
  }

  /** Why it pauses, also while one request tries whether it has to; null: it does not. */
  get restingReason(): RestingReason | null {
    const { pace, dependencyPause } = this;
    if (dependencyPause.failing !== null) return dependencyPause.failing;
    return Date.now() < pace.pausedUntilMs ? 'retry-after' : null;
  }

  /** Deliveries a second that we may send now; null: no limit. */
  get rate(): number | null {
    const { ratePerSecond } = this.current;
    const ours = ratePerSecond === null ? null : ratePerSecond * fleetShare(this.share);
    if (ours === null || this.pace.ratePerSecond === null) return ours ?? this.pace.ratePerSecond;
    return Math.min(ours, this.pace.ratePerSecond);
  }

  close(): void {
    if (this.wake) clearTimeout(this.wake);
    this.limiter.close();
  }

  /** Takes note of an answer, before the endpoint's place is free for the next request. */
  private learn({ outcome, latencyMs, endedAtMs: nowMs, detail }: SendResult): void {
    this.deps.onOutcome?.(outcome, nowMs, detail);
    if (latencyMs < PROMPT_MS) this.promptUntilMs = nowMs + PROMPT_MS;
    this.wasSlow = latencyMs > SLOW_MS;
    this.silentSinceMs = nowMs;
    if (outcome.kind === 'accepted') {
      this.accepted.count(nowMs);
      this.acceptedAtMs = nowMs;
    }
    this.circuit = afterOutcome(this.circuit, outcome, nowMs);
    this.dependencyPause = afterDependency(this.dependencyPause, outcome, nowMs);
    this.isGone ||= this.current.id !== null && statusOf(outcome) === GONE;
    const isRefusal = asksForRest(outcome);
    if (isRefusal) {
      this.pace = throttle(this.pace, {
        nowMs,
        sentAtMs: nowMs - latencyMs,
        retryAfterMs: outcome.retryAfterMs,
        hasAccepted: this.acceptedAtMs > this.pace.throttledAtMs,
        acceptedPerSecond: this.accepted.perSecond(nowMs),
      });
      this.applyRate();
    }
    const untilMs = Math.max(this.pausedUntilMs, this.circuit.openUntilMs);
    if (untilMs <= nowMs) return;
    if (this.wake) clearTimeout(this.wake);
    this.wake = setTimeout(() => this.deps.onReady(this), untilMs - nowMs + 1);
  }

  private leadsTo(origin: string, path: string): boolean {
    return this.current.origin === origin && this.current.path === path;
  }

  private applyRate(): void {
    const { ratePerSecond: fleets } = this.current;
    const ours = this.rate;
    if (ours === null) return this.limiter.allow({ kind: 'unlimited' });
    // Several processes with a send each at one moment would be too many at a low rate.
    const isOfFleet = fleets !== null && ours === fleets * fleetShare(this.share);
    this.limiter.allow(
      isOfFleet && usesTimeSlots(fleets)
        ? { kind: 'slots', slots: { ratePerSecond: fleets, share: this.share } }
        : { kind: 'rate', ratePerSecond: ours },
    );
  }
}

export type EndpointState = 'open' | 'paused' | 'circuit-open' | 'disabled' | 'deleted';
