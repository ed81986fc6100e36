import { HEADER } from '../../../common/delivery.ts';
import type { LogRecord } from '../../../common/delivery.ts';
import type { Receiver } from '../../../receiver/receiver.ts';

/** A delivery that was accepted once more; times in ms since 1970. */
export interface Repeat {
  readonly id: string;
  /** How often it has been accepted by then, from 2 on. */
  readonly times: number;
  /** Which attempt was accepted first. */
  readonly firstAttempt: number;
  readonly firstAtMs: number;
  readonly atMs: number;
}

/** What the receiver has accepted over several spells, in the order of acceptance. */
export class Acceptances {
  /** By id, in the order in which each was accepted for the first time. */
  private readonly firsts = new Map<string, Omit<Repeat, 'id' | 'atMs'>>();

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
   * @returns acceptances, and those of them that repeat one of this spell or an earlier one
   */
  collect(receiver: Receiver, keep: number): { accepted: number; repeats: readonly Repeat[] } {
    const { received, accepted } = receiver.stats();
    if (received > keep) throw new Error(`${received} requests, and only ${keep} are kept`);
    const repeats: Repeat[] = [];
    for (const { status, headers, atMs } of receiver.deliveries().reverse()) {
      if (status !== 200) continue;
      const id = String(headers[HEADER.id]);
      const first = this.firsts.get(id);
      if (first) {
        const now = { ...first, times: first.times + 1 };
        this.firsts.set(id, now);
        repeats.push({ id, ...now, atMs });
      } else {
        const firstAttempt = Number(headers['webhook-attempt']);
        this.firsts.set(id, { times: 1, firstAttempt, firstAtMs: atMs });
      }
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
    return [...this.firsts.keys()].filter((id) => {
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
