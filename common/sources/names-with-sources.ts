import type { TopicNames } from '../topics/topics.ts';
import type { Sources } from './sources.ts';

/** The names in Kafka, with the source topics that can be read now among the lanes. */
export function namesWithSources(
  names: TopicNames,
  sources: () => Pick<Sources, 'topics'> | undefined,
): TopicNames {
  return {
    ...names,
    get lanes() {
      return [...names.lanes, ...(sources()?.topics ?? [])];
    },
  };
}
