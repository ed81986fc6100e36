import { failedDependency } from '../../common/send/outcome.ts';
import type { Outcome } from '../../common/send/outcome.ts';

/**
 * Whether an endpoint as a whole is down. It says so by not answering, or through a gateway that
 * cannot reach it; any other answer, be it 500, is the endpoint's own word on one delivery.
 */
export interface Circuit {
  readonly failuresInRow: number;
  /** When the first of them came, ms. */
  readonly failingSinceMs: number;
  /** Open: nothing is sent before this time, ms, and then one request at a time. 0: closed. */
  readonly openUntilMs: number;
  /** How long it opens next, ms; doubles with every probe that fails. */
  readonly openForMs: number;
}

export const CLOSED: Circuit = {
  failuresInRow: 0,
  failingSinceMs: 0,
  openUntilMs: 0,
  openForMs: 1_000,
};

/**
 * Both limits must be reached: neither a moment nor a few deliveries show that a target is down.
 */
const FAILURES_MIN = 20;
/**
 * Shortest time of failures that opens the circuit, in ms. Until then an endpoint that refuses at
 * once takes hundreds of first attempts a second, each of which makes a record.
 */
const FAILING_MS_MIN = 2_000;
const OPEN_MS_MAX = 15_000;
const GATEWAY = new Set([502, 503, 504]);

/**
 * Returns the circuit after an answer, or after the lack of one. A closed circuit without failures
 * that stays so is returned as the same object.
 */
export function afterOutcome(circuit: Circuit, outcome: Outcome, nowMs: number): Circuit {
  // A proxy or a token server that fails says nothing about the endpoint behind it.
  if (failedDependency(outcome) !== null) return circuit;
  if (!saysDown(outcome)) return circuit.failuresInRow === 0 ? circuit : CLOSED;
  // Requests that were under way when it opened tell nothing new.
  if (nowMs < circuit.openUntilMs) return circuit;
  const failuresInRow = circuit.failuresInRow + 1;
  const failingSinceMs = failuresInRow === 1 ? nowMs : circuit.failingSinceMs;
  const isDown = failuresInRow >= FAILURES_MIN && nowMs - failingSinceMs >= FAILING_MS_MIN;
  if (!isDown) return { ...CLOSED, failuresInRow, failingSinceMs };
  return {
    failuresInRow,
    failingSinceMs,
    openUntilMs: nowMs + circuit.openForMs,
    openForMs: Math.min(OPEN_MS_MAX, circuit.openForMs * 2),
  };
}

/** Whether one more request may be sent now, with so many under way. */
export function admits(circuit: Circuit, inFlight: number, nowMs: number): boolean {
  if (circuit.openUntilMs === 0) return true;
  return nowMs >= circuit.openUntilMs && inFlight === 0;
}

function saysDown(outcome: Outcome): boolean {
  if (outcome.kind === 'unreachable') return true;
  return outcome.kind === 'refused' && GATEWAY.has(outcome.status);
}
