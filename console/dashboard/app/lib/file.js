// What is said of files. Pure.

import { percent } from './format.js';

const TONES = { failed: 'bad', done: 'good', cancelled: 'soft' };

const OVER = /^(done|failed|cancelled)$/;

/** @returns whether anything of a file may still change */
export function isMoving({ state, waiting, retrying }) {
  return !OVER.test(state) || (state !== 'cancelled' && waiting + retrying > 0);
}

/**
 * @returns whether the rest of a file can be cancelled: where attempts have expired, rows that count
 * as waiting may have been delivered
 */
export function isCancellable({ state, waiting, retrying, ledger_complete: isComplete }) {
  if (!OVER.test(state)) return true;
  return state !== 'cancelled' && (isComplete === false ? retrying : waiting + retrying) > 0;
}

/** Rows whose outcome is known. */
export function settled({ delivered, dead, rejected, passed_over: passed = 0, cancelled = 0 }) {
  return delivered + dead + rejected + passed + cancelled;
}

/** Parts of the bar of reading. */
export function readingParts({ state, bytes, bytes_read: read }) {
  const value = state === 'done' ? Math.max(1, bytes) : read;
  const tone = TONES[state] ?? 'busy';
  return { total: Math.max(1, bytes), parts: [{ name: 'bytes read', value, tone }] };
}

/**
 * Parts of the bar of delivery; of a file that is still read, the rows are estimated. The share in
 * its text is that of the delivered rows, as dead ones have not arrived.
 */
export function deliveryParts(file) {
  const { delivered, dead, rejected, retrying, passed_over: passed = 0, cancelled = 0 } = file;
  const total = Math.max(expectedRows(file), settled(file) + retrying);
  return {
    total,
    text: `${percent(delivered, total)} delivered`,
    parts: [
      { name: 'delivered', value: delivered, tone: 'good' },
      { name: 'dead', value: dead, tone: 'bad' },
      { name: 'rejected', value: rejected, tone: 'bad' },
      { name: 'never attempted', value: passed, tone: 'bad' },
      { name: 'cancelled', value: cancelled, tone: 'soft' },
      { name: 'retrying', value: retrying, tone: 'warn' },
    ],
  };
}

/** Rows that a file has, as far as can be told from the part that was read. */
export function expectedRows({ state, rows, bytes, bytes_read: read }) {
  if (OVER.test(state) || read === 0) return rows;
  return Math.round((rows * bytes) / read);
}

/**
 * Rows settled in a second and the time left, from what was seen of a file.
 *
 * @param {{ atMs: number, settled: number }[]} seen oldest first
 * @param {number} left rows that are not settled yet
 * @returns {{ perSecond: number | null, secondsLeft: number | null }} null: not known yet
 */
export function pace(seen, left) {
  const [first] = seen;
  const last = seen.at(-1);
  const seconds = first && last ? (last.atMs - first.atMs) / 1_000 : 0;
  if (seconds < 1) return { perSecond: null, secondsLeft: null };
  const perSecond = Math.max(0, last.settled - first.settled) / seconds;
  return { perSecond, secondsLeft: perSecond > 0 && left > 0 ? left / perSecond : null };
}

const SAME_CONTENT = {
  same_content: 'it is delivered all the same',
  same_content_skipped: 'so it was not delivered again',
};

/** Warnings of a file but for the one about its content, which has a sentence of its own. */
export function otherWarnings({ warnings }) {
  return warnings.filter(({ code }) => !(code in SAME_CONTENT));
}

/** What became of a file whose content was read before; empty: that is not known. */
export function sameContentText({ warnings }) {
  return SAME_CONTENT[warnings.find(({ code }) => code in SAME_CONTENT)?.code] ?? '';
}

/** What is wrong with a file, for its line in the list. */
export function troubleOf(file) {
  const { error, dead, rejected, passed_over: passed = 0, same_content_as: same } = file;
  const said = [];
  if (error) said.push(error.message);
  if (dead > 0) said.push(`${dead.toLocaleString('en')} dead`);
  if (rejected > 0) said.push(`${rejected.toLocaleString('en')} rejected`);
  if (passed > 0) said.push(`${passed.toLocaleString('en')} never attempted`);
  if (same)
    said.push([`same content as ${same.name}`, sameContentText(file)].filter(Boolean).join(', '));
  said.push(...otherWarnings(file).map(({ message }) => message));
  return said.join(' · ');
}
