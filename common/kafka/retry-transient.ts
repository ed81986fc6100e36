import { setTimeout as sleep } from 'node:timers/promises';
import { errorTypeOf } from './error-type.ts';

/** A topic that is being created, or whose leader moves, answers with these for a moment. */
const TRANSIENT = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_LOAD_IN_PROGRESS',
]);
const PAUSE_MS = 100;
const TRIES_MAX = 100;

/** Tries again for some ten seconds while Kafka says that it is not ready yet. */
export async function retryTransient<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= TRIES_MAX || !TRANSIENT.has(errorTypeOf(error))) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
