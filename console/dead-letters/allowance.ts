import type { EndpointEvidence } from '../ledgers/endpoint-stats.ts';

/** Enough to see whether an endpoint is back, and few enough to lose when it is not. */
export const PROBES = 10;

/**
 * How many dead letters a periodic redrive may put back for one endpoint.
 *
 * @param evidence null: nothing is known of it
 * @param freshMs  for how long after a failure it is left alone
 */
export function allowance(
  evidence: EndpointEvidence | null,
  { nowMs, freshMs }: { readonly nowMs: number; readonly freshMs: number },
): number {
  if (!evidence) return PROBES;
  // A throttled delivery still waits in the log, so the endpoint gets a request without our help.
  if (evidence.lastState === 'throttled' || evidence.state === 'throttled') return 0;
  if (evidence.state !== 'failing') return Infinity;
  return nowMs - evidence.lastAttemptAtMs < freshMs ? 0 : PROBES;
}
