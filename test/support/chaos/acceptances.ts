import type { IncomingHttpHeaders } from 'node:http';
import { Handled, positionOf } from '../../../examples/deduplicate/memory.ts';
import { HEADER } from '../../../common/model/delivery.ts';
import type { LogRecord } from '../../../common/kafka/log-record.ts';
import { isOfSource } from './source-topic.ts';
import type { Receiver } from '../../../receiver/receiver.ts';

/** A delivery that was accepted once more; times in ms since 1970. */
export interface Repeat {
  readonly id: string;
  /** How often it has been accepted by then, from 2 on. */
  readonly times: number;
  /** Number of the attempt that was accepted first. */
  readonly firstAttempt: number;
  readonly firstAtMs: number;
  readonly atMs: number;
}

/** Deliveries that receivers have accepted over several periods, in the order of acceptance. */
export class Acceptances {
  private readonly receivers: readonly Receiver[];
  private readonly keep: number;
  /** Keyed by id, in the order in which each was accepted for the first time. */
  private readonly firsts = new Map<string, Omit<Repeat, 'id' | 'atMs'>>();

  /** Handles each once by the recipe of the documents. */
  private readonly table = new Handled();
  private readonly handled = new Map<string, number>();
  /** The most ids that the table has held. */
  tableMost = 0;

  /** @param keep how many deliveries each receiver keeps */
  constructor(receivers: readonly Receiver[], keep: number) {
    this.receivers = receivers;
    this.keep = keep;
  }

  has(id: string): boolean {
    return this.firsts.has(id);
  }

  get distinct(): number {
    return this.firsts.size;
  }

  /** Reports what has been accepted so far, this period included. */
  soFar(): (id: string) => boolean {
    const kept = this.receivers.flatMap((receiver) => receiver.deliveries());
    const accepted = kept.filter(({ status }) => status === 200);
    const now = new Set(accepted.map(({ headers }) => String(headers[HEADER.id])));
    return (id) => now.has(id) || this.firsts.has(id);
  }

  /**
   * Takes over what the receivers have seen since the last call, and has them count from zero.
   *
   * @returns acceptances, and those of them that repeat one of this period or an earlier one
   */
  collect(): { accepted: number; repeats: readonly Repeat[] } {
    const all = this.receivers.map((receiver) => this.collectFrom(receiver));
    return {
      accepted: all.reduce((sum, { accepted }) => sum + accepted, 0),
      repeats: all.flatMap(({ repeats }) => repeats),
    };
  }

  private collectFrom(receiver: Receiver): { accepted: number; repeats: readonly Repeat[] } {
    const { received, accepted } = receiver.stats();
    const { keep } = this;
    if (received > keep) throw new Error(`${received} requests, and only ${keep} are kept`);
    const repeats: Repeat[] = [];
    for (const { status, headers, atMs } of receiver.deliveries().reverse()) {
      if (status !== 200) continue;
      this.handle(headers);
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

  /** A receiver that forgets what is settled takes a repeat for one. */
  private handle(headers: IncomingHttpHeaders): void {
    const position = positionOf(headers);
    if (isOfSource(position.key)) return;
    if (position.lane === '') throw new Error(`${position.key} has no position`);
    if (this.table.begin(position)) {
      const { key } = position;
      this.handled.set(key, (this.handled.get(key) ?? 0) + 1);
    }
    this.tableMost = Math.max(this.tableMost, this.table.size);
  }

  /** Ids that this receiver has handled more than once. */
  get handledAgain(): readonly string[] {
    return [...this.handled].filter(([, times]) => times > 1).map(([id]) => id);
  }

  /** Whether it has handled a delivery at all. */
  hasHandled(id: string): boolean {
    return this.handled.has(id);
  }

  /**
   * Deliveries accepted for the first time after a later one of the same lane, endpoint and user:
   * repeats apart, that is what order by key rules out.
   *
   * @param log the deliveries of endpoints that have this order
   */
  orderViolations(log: readonly LogRecord[]): readonly string[] {
    const places = new Map<string, { queue: string; offset: number }>();
    for (const { topic, key, offset, headers } of log) {
      const id = idOf(headers);
      // A record whose acknowledgement was lost is there twice.
      if (places.has(id)) continue;
      places.set(id, { queue: `${topic} ${headers[HEADER.subscription]} ${key}`, offset });
    }
    const newest = new Map<string, number>();
    return [...this.firsts.keys()].filter((id) => {
      const place = places.get(id);
      if (!place) return false;
      const { queue, offset } = place;
      const before = newest.get(queue) ?? -1;
      newest.set(queue, Math.max(before, offset));
      return offset < before;
    });
  }
}

export function idOf(headers: LogRecord['headers']): string {
  return String(headers[HEADER.id]);
}
