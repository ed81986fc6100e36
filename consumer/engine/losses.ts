import type { Alarm } from '../../common/consumer-state.ts';
import type { OffsetRange } from '../../common/kafka/decide/offset-map.ts';
import type { Logger } from '../../common/logger.ts';
import { owedBy } from './decide/owed.ts';

interface Cut {
  readonly from: number;
  /** The first offset that is still in the log. */
  readonly to: number;
  /** What was finished of it. */
  readonly done: readonly OffsetRange[];
}

type Kind = 'topic-made-again' | 'records-lost';

/** Counts what can never be delivered, as its log is gone. */
export class Losses {
  private readonly logger: Logger;
  /** By kind and topic. */
  private readonly counts = new Map<Kind, Map<string, number>>([
    ['topic-made-again', new Map()],
    ['records-lost', new Map()],
  ]);

  /** Up to where a partition's cuts are counted: until a commit is past one, each join sees it. */
  private readonly countedTo = new Map<string, number>();

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** The topic was deleted and made again under its name. @param owed offsets of the old one */
  madeAgain(topic: string, partition: number, owed: number): void {
    this.countedTo.delete(`${topic}/${partition}`);
    this.logger.error({ topic, partition, owed }, 'topic.made-again');
    this.add('topic-made-again', topic, owed);
  }

  /** Retention or an operator has deleted records that were not finished. */
  cutOff(topic: string, partition: number, { from, to, done }: Cut): void {
    const name = `${topic}/${partition}`;
    const lost = owedBy(Math.max(from, this.countedTo.get(name) ?? 0), to, done);
    this.countedTo.set(name, Math.max(to, this.countedTo.get(name) ?? 0));
    if (lost === 0) return;
    this.logger.error({ topic, partition, lost }, 'records.lost');
    this.add('records-lost', topic, lost);
  }

  /** By topic, for the metrics. */
  totals(): ReadonlyMap<string, number> {
    const totals = new Map<string, number>();
    for (const byTopic of this.counts.values()) {
      for (const [topic, count] of byTopic) totals.set(topic, (totals.get(topic) ?? 0) + count);
    }
    return totals;
  }

  alarms(): readonly Alarm[] {
    const say = {
      'topic-made-again': (topic: string, count: number) =>
        `${topic} was deleted and made again: it is delivered from its start` +
        (count > 0 ? `, and about ${count} records of the old one were never delivered` : ''),
      'records-lost': (topic: string, count: number) =>
        `up to ${count} records of ${topic} were deleted by retention or an operator before they ` +
        'were delivered (transaction markers are counted with them)',
    };
    return [...this.counts].flatMap(([kind, byTopic]) => {
      if (byTopic.size === 0) return [];
      return [{ kind, detail: [...byTopic].map(([topic, n]) => say[kind](topic, n)).join('; ') }];
    });
  }

  private add(kind: Kind, topic: string, count: number): void {
    const byTopic = this.counts.get(kind);
    byTopic?.set(topic, (byTopic.get(topic) ?? 0) + count);
  }
}
