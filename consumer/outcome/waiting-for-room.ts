import type { Alarm } from '../../common/model/consumer-state.ts';

/** Counts, by topic, the records that wait because the topic takes none of their size. */
export class WaitingForRoom {
  private readonly byTopic = new Map<string, number>();

  began(topic: string): void {
    this.byTopic.set(topic, (this.byTopic.get(topic) ?? 0) + 1);
  }

  ended(topic: string): void {
    const left = (this.byTopic.get(topic) ?? 1) - 1;
    if (left > 0) this.byTopic.set(topic, left);
    else this.byTopic.delete(topic);
  }

  alarms(): readonly Alarm[] {
    if (this.byTopic.size === 0) return [];
    const topics = [...this.byTopic].map(([topic, count]) => `${count} for ${topic}`);
    const detail = `records are larger than their topic takes (raise its max.message.bytes): ${topics.join(', ')}`;
    return [{ kind: 'record-too-large', detail }];
  }
}
