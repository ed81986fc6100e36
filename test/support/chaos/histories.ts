import { parseAttempts } from '../../../common/model/attempt.ts';
import type { Attempt } from '../../../common/model/attempt.ts';
import type { DeliverySystem } from '../delivery.ts';
import type { Repeat } from './acceptances.ts';

/** A repeat with what the attempts topic says: why the delivery was sent again. */
export interface History extends Repeat {
  readonly attempts: readonly Attempt[];
}

export async function historiesOf(
  { records, names }: DeliverySystem,
  repeats: readonly Repeat[],
): Promise<readonly History[]> {
  if (repeats.length === 0) return [];
  const log = await records(names.attempts);
  const all = log.flatMap(({ value }) => parseAttempts(String(value)));
  return repeats.map((repeat) => ({
    ...repeat,
    attempts: all.filter(({ id }) => id === repeat.id),
  }));
}

/**
 * Whether the consumer had given up the request that was accepted first: no answer in time means
 * one more attempt, and a receiver that stood still for so long accepts both, but no third.
 */
export function wasGivenUp({ times, firstAttempt, firstAtMs, attempts }: History): boolean {
  // One that began later repeats what another consumer had sent and not written down. One that was
  // throttled was not accepted, and is made again under its number.
  const made = attempts.filter(({ attempt, state, at, latencyMs }) => {
    return attempt === firstAttempt && state !== 'throttled' && at - latencyMs <= firstAtMs;
  });
  return times === 2 && made.length > 0 && made.every(({ error }) => error?.startsWith('timeout'));
}

/** Whether the process that had it accepted first ended before it could write that down. */
export function wasCutOff({ firstAtMs, attempts }: History): boolean {
  return attempts.every(({ at, latencyMs }) => at - latencyMs > firstAtMs);
}

export function describeHistory({ id, firstAtMs, atMs, attempts }: History): string {
  const made = attempts.map(({ attempt, state, error, latencyMs, at, topic, partition }) => {
    const what = error === null ? state : `${state} (${error})`;
    return `attempt ${attempt} ${what} after ${latencyMs} ms at ${time(at)}, ${topic}/${partition}`;
  });
  return `${id} accepted ${time(firstAtMs)} and ${time(atMs)}: ${made.join('; ')}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
