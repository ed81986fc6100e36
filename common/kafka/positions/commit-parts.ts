import type { Commit } from '../ports.ts';

const CHARS_MAX = 500_000;
/** Group id, offset, times and lengths. */
const OVERHEAD_CHARS = 300;

/**
 * Kafka writes a commit as one batch of its offsets topic, which takes 1 MB at most: a larger one
 * would fail whenever it is tried.
 */
export function* commitParts(commits: readonly Commit[]): Iterable<readonly Commit[]> {
  let part: Commit[] = [];
  let chars = 0;
  for (const commit of commits) {
    chars += commit.topic.length + commit.metadata.length + OVERHEAD_CHARS;
    part.push(commit);
    if (chars < CHARS_MAX) continue;
    yield part;
    part = [];
    chars = 0;
  }
  if (part.length > 0) yield part;
}

/** The shape that kafkajs sends. */
export function groupByTopic(commits: readonly Commit[]) {
  const topics = new Map<string, { partition: number; offset: string; metadata: string }[]>();
  for (const { topic, partition, offset, metadata } of commits) {
    const partitions = topics.get(topic) ?? [];
    partitions.push({ partition, offset: String(offset), metadata });
    topics.set(topic, partitions);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}
