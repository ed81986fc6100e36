import type { Alarm } from '../../common/model/consumer-state.ts';
import type { Loss, LossKind } from '../../common/kafka/positions/commit-metadata.ts';

/** The alarm stays long enough for a person to have looked. */
export const LOSS_LASTS_MS = 24 * 3_600_000;

const KINDS: readonly LossKind[] = ['topic-made-again', 'records-lost', 'cursors-gone'];

/** The losses of a partition and one more. */
export function grown(losses: readonly Loss[], more: Loss): readonly Loss[] {
  const before = losses.find(({ kind }) => kind === more.kind);
  const counts = [before?.count, more.count].filter((count) => typeof count === 'number');
  const count = counts.length === 0 ? null : counts.reduce((sum, one) => sum + one, 0);
  return [...losses.filter((one) => one !== before), { ...more, count }];
}

/**
 * The losses of a partition where both a process and the last commit know some: each owner adds to
 * what it was given, so of one kind the larger count is the whole of it. Old ones are let go.
 */
export function carried(
  known: readonly Loss[],
  committed: readonly Loss[],
  nowMs: number,
): readonly Loss[] {
  const recent = [...known, ...committed].filter(({ atMs }) => nowMs - atMs < LOSS_LASTS_MS);
  return KINDS.flatMap((kind) => {
    const of = recent.filter((loss) => loss.kind === kind);
    const largest = of.toSorted((a, b) => (b.count ?? -1) - (a.count ?? -1)).at(0);
    return largest ? { ...largest, atMs: Math.max(...of.map(({ atMs }) => atMs)) } : [];
  });
}

/** Builds one alarm for each kind, with the counts by topic. */
export function lossAlarms(
  partitions: readonly { readonly topic: string; readonly losses: readonly Loss[] }[],
  nowMs: number,
): readonly Alarm[] {
  return KINDS.flatMap((kind) => {
    const byTopic = new Map<string, (number | null)[]>();
    for (const { topic, losses } of partitions) {
      for (const loss of losses) {
        if (loss.kind !== kind || nowMs - loss.atMs >= LOSS_LASTS_MS) continue;
        byTopic.set(topic, [...(byTopic.get(topic) ?? []), loss.count]);
      }
    }
    if (byTopic.size === 0) return [];
    return {
      kind,
      detail: [...byTopic].map(([topic, counts]) => say(kind, topic, counts)).join('; '),
    };
  });
}

function say(kind: LossKind, topic: string, counts: readonly (number | null)[]): string {
  const count = counts.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  if (kind === 'records-lost') {
    return (
      `up to ${count} records of ${topic} were deleted by retention or an operator before they ` +
      'were delivered (transaction markers are counted with them)'
    );
  }
  if (kind === 'cursors-gone') {
    return (
      `Kafka has lost ${count} cursors of endpoints that were behind in ${topic}: what they had ` +
      'left is not delivered until you say from where (`npm run reset -- --subscription ID --to T`)'
    );
  }
  const begins = `${topic} was deleted and made again: it is delivered from its start`;
  if (counts.includes(null)) {
    return `${begins}; how many records of the old one were never delivered is not known`;
  }
  return count > 0
    ? `${begins}, and about ${count} records of the old one were never delivered`
    : begins;
}
