import { HEADER } from '../../../common/delivery.ts';
import type { LogRecord } from '../../../common/delivery.ts';
import type { Receiver } from '../../../receiver/receiver.ts';

/** What the receiver has accepted over several spells, in the order of acceptance. */
export class Acceptances {
  /** Ids in the order in which each was accepted for the first time. */
  private readonly firsts = new Set<string>();

  has(id: string): boolean {
    return this.firsts.has(id);
  }

  get distinct(): number {
    return this.firsts.size;
  }

  /**
   * Takes over what the receiver has seen since the last call, and has it count from zero.
   *
   * @param keep how many deliveries the receiver keeps
   * @returns acceptances, and how many of them repeat one of this spell or an earlier one
   */
  collect(receiver: Receiver, keep: number): { accepted: number; repeats: number } {
    const { received, accepted } = receiver.stats();
    if (received > keep) throw new Error(`${received} requests, and only ${keep} are kept`);
    let repeats = 0;
    for (const { status, headers } of receiver.deliveries().reverse()) {
      if (status !== 200) continue;
      const id = String(headers[HEADER.id]);
      if (this.firsts.has(id)) repeats += 1;
      this.firsts.add(id);
    }
    receiver.reset();
    return { accepted, repeats };
  }

  /**
   * Deliveries accepted for the first time after a later one of the same user: repeats apart,
   * that is what ORDERING=key rules out.
   *
   * @param log the deliveries topic
   */
  orderViolations(log: readonly LogRecord[]): readonly string[] {
    const places = new Map(log.map(({ key, offset, headers }) => [idOf(headers), { key, offset }]));
    const newest = new Map<string | null, number>();
    return [...this.firsts].filter((id) => {
      const place = places.get(id);
      if (!place) throw new Error(`${id} was accepted, and is not in the log`);
      const { key, offset } = place;
      const before = newest.get(key) ?? -1;
      newest.set(key, Math.max(before, offset));
      return offset < before;
    });
  }
}

export function idOf(headers: LogRecord['headers']): string {
  return String(headers[HEADER.id]);
}
