import { decodeRetries, encodeRetries } from './commit-metadata.ts';
import type { RetryInPlace } from './commit-metadata.ts';
import { decodeOffsetMap, encodeOffsetMap } from './offset-map.ts';
import type { OffsetRange } from './offset-map.ts';

/**
 * Information that a cursor holds beside its offset, about the deliveries of its endpoint alone.
 */
export interface CursorMark {
  /** Client id of the process that committed. */
  readonly owner: string;
  /** Id of the log, in hexadecimal digits (consumer/log/log-id.ts); '' where it is not known. */
  readonly topicId: string;
  /** Finished ranges beyond the offset. */
  readonly done: readonly OffsetRange[];
  /** Records that are being retried from their place in the log, ascending by offset. */
  readonly retries: readonly RetryInPlace[];
  /**
   * Offset from which the group itself reads the endpoint's records; null: the endpoint is still
   * behind.
   */
  readonly until: number | null;
  /** Number of the endpoint's unfinished deliveries; null: not counted, as after a reset. */
  readonly left: number | null;
  /** Up to this offset they are counted. */
  readonly countedTo: number;
  /** When the first of them was written, ms since 1970; 0: not known. */
  readonly sinceMs: number;
  /** Attempts of before tell nothing: a reset wants them again. Ms since 1970; 0: all count. */
  readonly attemptsFromMs: number;
}

const FORMAT = 'cursor1';
const NONE = '-';

/** @returns the metadata text and how full it is; above 1 the map was cut (offset-map.ts) */
export function encodeCursorMark(
  offset: number,
  mark: CursorMark,
): { readonly text: string; readonly load: number } {
  const { owner, topicId, done, retries, until, left, countedTo, sinceMs, attemptsFromMs } = mark;
  const map = encodeOffsetMap(offset, done);
  const numbers = [until, left, countedTo, sinceMs, attemptsFromMs];
  const text = [
    ...[FORMAT, owner, Buffer.from(topicId, 'hex').toString('base64url'), map.text],
    encodeRetries(offset, retries),
    ...numbers.map((number) => (number === null ? NONE : number.toString(36))),
  ].join(';');
  return { text, load: map.load };
}

/** @returns null for metadata that is not ours: the endpoint has everything from the offset on */
export function decodeCursorMark(offset: number, text: string): CursorMark | null {
  const [format, owner, id, map, retries, ...numbers] = text.split(';');
  if (format !== FORMAT || !owner || id === undefined || map === undefined) return null;
  const [until = null, left = null, countedTo, sinceMs, attemptsFromMs] = numbers.map(numberOf);
  if (retries === undefined) return null;
  return {
    owner,
    topicId: Buffer.from(id, 'base64url').toString('hex'),
    done: decodeOffsetMap(offset, map),
    retries: decodeRetries(offset, retries),
    until,
    left,
    countedTo: countedTo ?? offset,
    sinceMs: sinceMs ?? 0,
    attemptsFromMs: attemptsFromMs ?? 0,
  };
}

function numberOf(text: string): number | null {
  return /^[0-9a-z]{1,11}$/.test(text) ? parseInt(text, 36) : null;
}
