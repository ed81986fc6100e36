/**
 * Where a delivery lies for its receiver, and what the receiver need not remember any more.
 *
 * @see docs/deduplicate.md
 */
export interface Place {
  /** Names the sequence of which the offset is one; nothing can be read from it. */
  readonly lane: string;
  readonly offset: number;
  /** Below this offset nothing of the lane comes again, copies apart. */
  readonly settled: number;
}

/** A place without what is settled there. */
export type Position = Pick<Place, 'lane' | 'offset'>;

const POSITION = /^([\w-]{12}):(\d{1,15})$/;

export function formatPosition({ lane, offset }: Position): string {
  return `${lane}:${offset}`;
}

/** @returns null where there is none, or one that no version of ours has written */
export function parsePosition(text = ''): Position | null {
  const [, lane, offset] = POSITION.exec(text) ?? [];
  return lane === undefined ? null : { lane, offset: Number(offset) };
}

/** Headers by which a receiver knows what it may forget. */
export const PLACE_HEADER = {
  position: 'webhook-position',
  settled: 'webhook-settled',
  /** How often a dead letter was put back, or a delivery sent once more. */
  redrive: 'webhook-redrive',
} as const;
