import { failedDependency } from '../../common/send/outcome.ts';
import type { Dependency, Outcome } from '../../common/send/outcome.ts';

/**
 * The pause of an endpoint that cannot be reached because of something else: its proxy, or the
 * server that gives out its tokens, fails. The target was not asked, so no attempt is used up:
 * without a pause the same deliveries would be tried again at once.
 */
export interface DependencyPause {
  /** The one that fails; null: both work. */
  readonly failing: Dependency | null;
  /** Nothing is sent before this time, ms, and then one request at a time. */
  readonly untilMs: number;
  /** How long the next pause is, ms; doubles with each request that fails so. */
  readonly nextMs: number;
}

export const DEPENDENCIES_WORK: DependencyPause = { failing: null, untilMs: 0, nextMs: 1_000 };

const PAUSE_MS_MAX = 30_000;

/** Returns the pause after an outcome; the same object where nothing changes. */
export function afterDependency(
  pause: DependencyPause,
  outcome: Outcome,
  nowMs: number,
): DependencyPause {
  // Such a target is refused before the proxy is asked.
  if (outcome.kind === 'unreachable' && outcome.error === 'target-forbidden') return pause;
  const failing = failedDependency(outcome);
  if (failing === null) return pause.failing === null ? pause : DEPENDENCIES_WORK;
  // Requests that were under way when it began tell nothing new.
  if (nowMs < pause.untilMs) return pause;
  const nextMs = Math.min(PAUSE_MS_MAX, pause.nextMs * 2);
  return { failing, untilMs: nowMs + pause.nextMs, nextMs };
}

/** Whether one more request may be sent now, with so many under way. */
export function dependencyAdmits(pause: DependencyPause, inFlight: number, nowMs: number): boolean {
  return pause.failing === null || (nowMs >= pause.untilMs && inFlight === 0);
}
