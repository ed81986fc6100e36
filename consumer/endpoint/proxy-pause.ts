import type { Outcome } from '../../common/send/outcome.ts';

/**
 * The pause of an endpoint whose proxy fails. The target was not asked, so no attempt is used up:
 * without a pause the same deliveries would be tried again at once.
 */
export interface ProxyPause {
  /** Nothing is sent before this time, ms, and then one request at a time. 0: the proxy works. */
  readonly untilMs: number;
  /** How long the next pause is, ms; doubles with each request that the proxy fails. */
  readonly nextMs: number;
}

export const PROXY_WORKS: ProxyPause = { untilMs: 0, nextMs: 1_000 };

const PAUSE_MS_MAX = 30_000;

/** Whether the proxy of the settings failed, so that the target was not asked. */
export function isProxyFailure(outcome: Outcome): boolean {
  return outcome.kind === 'unreachable' && outcome.error === 'proxy';
}

/** Returns the pause after an outcome; the same object where nothing changes. */
export function afterProxied(pause: ProxyPause, outcome: Outcome, nowMs: number): ProxyPause {
  // Such a target is refused before the proxy is asked.
  if (outcome.kind === 'unreachable' && outcome.error === 'target-forbidden') return pause;
  if (!isProxyFailure(outcome)) return pause.untilMs === 0 ? pause : PROXY_WORKS;
  // Requests that were under way when it began tell nothing new.
  if (nowMs < pause.untilMs) return pause;
  const nextMs = Math.min(PAUSE_MS_MAX, pause.nextMs * 2);
  return { untilMs: nowMs + pause.nextMs, nextMs };
}

/** Whether one more request may be sent now, with so many under way. */
export function proxyAdmits(pause: ProxyPause, inFlight: number, nowMs: number): boolean {
  return pause.untilMs === 0 || (nowMs >= pause.untilMs && inFlight === 0);
}
