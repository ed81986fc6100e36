// Handles each delivery once, with a table that stays small: what lies below `webhook-settled` is
// forgotten. This one is in memory and ends with its process; see handled.sql and handled.lua.

/** The parts of a delivery's headers that say what it may repeat. */
export interface Position {
  /** The id; with it, of a copy that a replay made, the id of the replay. */
  readonly key: string;
  /** Empty: nothing is said about when the key may be forgotten. */
  readonly lane: string;
  readonly offset: number;
  /** Below it nothing of the lane comes again. */
  readonly settled: number;
}

export function positionOf(headers: Readonly<Record<string, unknown>>): Position {
  const text = (name: string) => String(headers[name] ?? '');
  const replay = text('webhook-replay');
  const key = replay === '' ? text('webhook-id') : `${text('webhook-id')} ${replay}`;
  const [lane = '', offset = ''] = text('webhook-position').split(':');
  return { key, lane, offset: Number(offset), settled: Number(text('webhook-settled')) };
}

/** Deliveries without a position are few: test deliveries, and retries from before an upgrade. */
const WITHOUT_LANE_MAX = 10_000;

interface Lane {
  settled: number;
  /** Offset of each key that is remembered. */
  readonly offsets: Map<string, number>;
}

export class Handled {
  private readonly lanes = new Map<string, Lane>();
  /** The lane of each key. A key that comes again in another, or in none, is a repeat, too. */
  private readonly keys = new Map<string, Lane>();

  /** Remembers a delivery. @returns false: it is a repeat, to be answered with 2xx and no more */
  begin({ key, lane, offset, settled }: Position): boolean {
    let known = this.lanes.get(lane);
    if (!known) this.lanes.set(lane, (known = { settled: 0, offsets: new Map() }));
    // A request that took very long: its delivery was sent once more, and has been handled.
    if (offset < known.settled || this.keys.has(key)) return false;
    this.keys.set(key, known);
    known.offsets.set(key, offset);
    if (settled > known.settled) this.settle(known, settled);
    const [oldest] = known.offsets.keys();
    if (lane === '' && known.offsets.size > WITHOUT_LANE_MAX) this.forget(known, oldest as string);
    return true;
  }

  /** Takes it back: it could not be handled, and the answer is no 2xx. */
  undo({ key }: Position): void {
    const lane = this.keys.get(key);
    if (lane) this.forget(lane, key);
  }

  get size(): number {
    return this.keys.size;
  }

  private settle(lane: Lane, settled: number): void {
    lane.settled = settled;
    for (const [key, offset] of lane.offsets) if (offset < settled) this.forget(lane, key);
  }

  private forget(lane: Lane, key: string): void {
    lane.offsets.delete(key);
    this.keys.delete(key);
  }
}
