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
  readonly keys: Map<string, number>;
}

export class Handled {
  private readonly lanes = new Map<string, Lane>();

  /** Remembers a delivery. @returns false: it is a repeat, to be answered with 2xx and no more */
  begin({ key, lane, offset, settled }: Position): boolean {
    let known = this.lanes.get(lane);
    if (!known) this.lanes.set(lane, (known = { settled: 0, keys: new Map() }));
    // A request that took very long: its delivery was sent once more, and has been handled.
    if (offset < known.settled || known.keys.has(key)) return false;
    known.keys.set(key, offset);
    if (settled > known.settled) this.forget(known, settled);
    const [oldest] = known.keys.keys();
    if (lane === '' && known.keys.size > WITHOUT_LANE_MAX) known.keys.delete(oldest as string);
    return true;
  }

  /** Takes it back: it could not be handled, and the answer is no 2xx. */
  undo({ key, lane }: Position): void {
    this.lanes.get(lane)?.keys.delete(key);
  }

  get size(): number {
    return this.lanes.values().reduce((sum, { keys }) => sum + keys.size, 0);
  }

  private forget(lane: Lane, settled: number): void {
    lane.settled = settled;
    for (const [key, offset] of lane.keys) if (offset < settled) lane.keys.delete(key);
  }
}
