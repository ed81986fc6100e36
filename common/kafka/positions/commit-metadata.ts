import { decodeOffsetMap, encodeOffsetMap } from './offset-map.ts';
import type { OffsetRange } from './offset-map.ts';

/** Information that the committer leaves beside the offset for the next owner of a partition. */
export interface CommitMark {
  /** Client id of the process that committed. */
  readonly owner: string;
  /** Whether the owner has nothing under way any more, so that the next owner may begin at once. */
  readonly isReleased: boolean;
  /** Finished ranges beyond the committed offset. */
  readonly done: readonly OffsetRange[];
  /** Records that are being retried from their place in the log, ascending by offset. */
  readonly retries: readonly RetryInPlace[];
  /** Id of the log, in hexadecimal digits (consumer/log/log-id.ts); '' where it is not known. */
  readonly topicId?: string;
  /** End of the log when it was last read. */
  readonly logEnd?: number;
  /** Recent losses of the partition. */
  readonly losses?: readonly Loss[];
  /** How many endpoints have a cursor of their own in the partition. */
  readonly cursors?: number;
  /**
   * Lower bound for the time of the attempts at deliveries that are unfinished here, ms since 1970.
   * From then on, the log of attempts says which of them were delivered after all. 0: not known.
   */
  readonly attemptsSinceMs?: number;
  /**
   * Hexadecimal digits that change when positions of the log may stand for other deliveries, or for
   * some that are wanted again: when the log is a new one, or the offset was set by somebody else.
   */
  readonly generation?: string;
  /**
   * Records before this offset may be read for a second time, because somebody else has set the
   * offset. 0: none.
   */
  readonly rereadTo?: number;
}

export type LossKind = 'topic-made-again' | 'records-lost' | 'cursors-gone';

/** Deliveries of a partition that can never be made, counted together by kind. */
export interface Loss {
  readonly kind: LossKind;
  /** null: not known. */
  readonly count: number | null;
  /** When the last of it was found, ms since 1970. */
  readonly atMs: number;
}

/**
 * Attempts of a record that failed in key order. It keeps its place in the log, so no header of its
 * own can count them.
 */
export interface RetryInPlace {
  readonly offset: number;
  /** 1-based number of the attempt to make next. */
  readonly attempt: number;
  readonly dueAtMs: number;
}

const FORMAT = 'hookline1';
/** The rest of the room is the map's (ENVELOPE_CHARS in offset-map.ts). */
const RETRIES_CHARS_MAX = 555;

/** @returns the metadata text and how full it is; above 1 the map was cut (offset-map.ts) */
export function encodeCommitMark(offset: number, mark: CommitMark): { text: string; load: number } {
  const { owner, isReleased, done, retries, topicId = '', logEnd = offset } = mark;
  const { losses = [], cursors = 0, attemptsSinceMs = 0, generation = '', rereadTo = 0 } = mark;
  const map = encodeOffsetMap(offset, done);
  const state = isReleased ? 'released' : 'held';
  return {
    text: [
      ...[FORMAT, owner, state, map.text, encodeRetries(offset, retries)],
      Buffer.from(topicId, 'hex').toString('base64url'),
      logEnd.toString(36),
      encodeLosses(losses),
      cursors.toString(36),
      attemptsSinceMs.toString(36),
      generation,
      rereadTo === 0 ? '' : rereadTo.toString(36),
    ].join(';'),
    load: map.load,
  };
}

/** @returns null for metadata that is not ours or damaged: everything is then delivered again */
export function decodeCommitMark(offset: number, text: string): Required<CommitMark> | null {
  // Earlier versions wrote less.
  const [format, owner, state, map, ...more] = text.split(';');
  const [retries = '', id = '', end = '', losses = '', ...last] = more;
  const [cursors = '', attemptsSince = '', generation = '', rereadTo = ''] = last;
  if (format !== FORMAT || !owner || map === undefined) return null;
  return {
    owner,
    isReleased: state === 'released',
    done: decodeOffsetMap(offset, map),
    retries: decodeRetries(offset, retries),
    topicId: Buffer.from(id, 'base64url').toString('hex'),
    logEnd: numberIn(end) ?? offset,
    losses: decodeLosses(losses),
    cursors: numberIn(cursors) ?? 0,
    attemptsSinceMs: numberIn(attemptsSince) ?? 0,
    generation: /^[0-9a-f]{1,16}$/.test(generation) ? generation : '',
    rereadTo: numberIn(rereadTo) ?? 0,
  };
}

function numberIn(text: string): number | null {
  return /^[0-9a-z]{1,11}$/.test(text) ? parseInt(text, 36) : null;
}

/** `distance.attempt.dueAt` in base 36; those without room begin with attempt 1 after a crash. */
export function encodeRetries(base: number, retries: readonly RetryInPlace[]): string {
  let text = '';
  for (const { offset, attempt, dueAtMs } of retries) {
    const one = [offset - base, attempt, dueAtMs].map((n) => n.toString(36)).join('.');
    if (text.length + 1 + one.length > RETRIES_CHARS_MAX) break;
    text += text === '' ? one : `,${one}`;
  }
  return text;
}

/** @returns none for what is damaged */
export function decodeRetries(base: number, text: string): readonly RetryInPlace[] {
  return text.split(',').flatMap((one) => {
    const match = /^([0-9a-z]{1,10})\.([0-9a-z]{1,4})\.([0-9a-z]{1,10})$/.exec(one);
    if (!match) return [];
    const [distance, attempt, dueAtMs] = match.slice(1).map((digits) => parseInt(digits, 36));
    return [
      {
        offset: base + (distance as number),
        attempt: attempt as number,
        dueAtMs: dueAtMs as number,
      },
    ];
  });
}

const LOSS_LETTERS: Readonly<Record<LossKind, string>> = {
  'topic-made-again': 'm',
  'records-lost': 'c',
  'cursors-gone': 'g',
};
const LOSS_KINDS = new Map(
  Object.entries(LOSS_LETTERS).map(([kind, letter]) => [letter, kind as LossKind]),
);

/** `letter.count.at` in base 36, the count left out where it is not known. */
function encodeLosses(losses: readonly Loss[]): string {
  return losses
    .map(({ kind, count, atMs }) =>
      [LOSS_LETTERS[kind], count?.toString(36) ?? '', atMs.toString(36)].join('.'),
    )
    .join(',');
}

function decodeLosses(text: string): readonly Loss[] {
  return text.split(',').flatMap((one) => {
    const [, letter, count, at] = /^([mcg])\.([0-9a-z]{0,11})\.([0-9a-z]{1,10})$/.exec(one) ?? [];
    const kind = LOSS_KINDS.get(letter ?? '');
    if (at === undefined || kind === undefined) return [];
    return {
      kind,
      count: count ? parseInt(count, 36) : null,
      atMs: parseInt(at, 36),
    };
  });
}
