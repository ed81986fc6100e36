import type { Alarm } from '../../common/consumer-state.ts';
import type { Logger } from '../../common/logger.ts';

type Kind = 'topic-made-again' | 'records-lost';

/** Counts what can never be delivered, as its log is gone. */
export class Losses {
  private readonly logger: Logger;
  /** By kind and topic. */
  private readonly counts = new Map<Kind, Map<string, number>>([
    ['topic-made-again', new Map()],
    ['records-lost', new Map()],
  ]);

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** The topic was deleted and made again under its name. @param owed by the old one, at least */
  madeAgain(topic: string, partition: number, owed: number): void {
    this.logger.error({ topic, partition, owed }, 'topic.made-again');
    this.add('topic-made-again', topic, owed);
  }

  /** Retention or an operator has deleted records that were not finished. */
  cutOff(topic: string, partition: number, lost: number): void {
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
        `${topic} was deleted and made again: it is delivered from its start, and at least ` +
        `${count} records of the old one were never delivered`,
      'records-lost': (topic: string, count: number) =>
        `${count} records of ${topic} were deleted by retention or an operator before they were ` +
        'delivered',
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
