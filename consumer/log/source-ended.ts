import type { Sources } from '../../common/sources/sources.ts';
import type { LogHistory } from './log-history.ts';

export interface SourceDeps {
  readonly sources: Pick<Sources, 'whyCancelled'>;
  readonly logs: Pick<LogHistory, 'isOfOtherSource'>;
}

/**
 * Why nothing more of a partition is sent, whoever has it; null: its source is there as it was, or
 * it is of none. One that was made again begins anew, and may begin in the middle of what is here.
 */
export function whySourceEnded(
  { sources, logs }: SourceDeps,
  { topic, topicId }: { readonly topic: string; readonly topicId: string },
): string | null {
  const isOfEarlier = logs.isOfOtherSource(topic, topicId);
  return sources.whyCancelled(topic) ?? (isOfEarlier ? 'its source was deleted' : null);
}
