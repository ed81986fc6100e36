import type { Framing } from './body.ts';

/**
 * Reads the head of an answer whose form is unusual: the same Content-Length twice, a folded line,
 * a bare line feed, a space before a colon. The status line is what counts; the connection is
 * closed afterwards, so nothing depends on where the body ends.
 */
export interface OddHead {
  readonly status: number;
  /** Keyed by lower-case name; of repeated names the first one counts. */
  readonly headers: Readonly<Record<string, string>>;
  /** Framing of the body; null: it cannot be determined. */
  readonly framing: Framing | null;
  readonly length: number;
}

/** The reason may be absent. */
const STATUS_LINE = /^HTTP\/\d(?:\.\d)?[ \t]+([1-9]\d\d)(?=[ \t\r\n]|$)/i;
const BEGINNING = 'http/';
const LINE_END = /\r\n|\n|\r/;
/** Blanks around the value are left to `trimBlanks`: here they would be tried in every place. */
const HEADER = /^([^\s:]+)[ \t]*:(.*)$/;
const CHUNKED_LAST = /(^|,)[ \t]*chunked[ \t]*$/i;
/** Room for the status line, whatever its reason says. */
const STATUS_BYTES = 64;

/** @returns null when the bytes are no head of HTTP/1 */
export function readOddHead(bytes: Buffer): OddHead | null {
  // Each byte becomes one character.
  const text = bytes.toString('latin1');
  const found = STATUS_LINE.exec(text);
  if (!found) return null;
  const headers: Record<string, string> = {};
  const lengths = new Set<string>();
  let coding: string | undefined;
  for (const line of text.split(LINE_END)) {
    const [, given = '', behind = ''] = HEADER.exec(line) ?? [];
    const name = given.toLowerCase();
    if (name === '') continue;
    const value = trimBlanks(behind);
    headers[name] ??= value;
    if (name === 'transfer-encoding') coding = value;
    if (name === 'content-length') for (const one of value.split(',')) lengths.add(one.trim());
  }
  return { status: Number(found[1]), headers, ...framingOf(lengths, coding) };
}

function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text[from])) from += 1;
  while (to > from && isBlank(text[to - 1])) to -= 1;
  return text.slice(from, to);
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t';
}

function framingOf(lengths: ReadonlySet<string>, coding: string | undefined) {
  if (coding !== undefined) {
    return { framing: CHUNKED_LAST.test(coding) ? ('chunked' as const) : null, length: 0 };
  }
  const [length = ''] = lengths;
  const isClear = lengths.size === 1 && /^\d{1,15}$/.test(length);
  return isClear
    ? { framing: 'length' as const, length: Number(length) }
    : { framing: null, length: 0 };
}

/**
 * Whether bytes can be the beginning of an answer, as far as they go: a greeting of another
 * protocol is not waited for.
 */
export function mayBeAnswer(bytes: Buffer): boolean {
  const text = bytes.toString('latin1', 0, STATUS_BYTES);
  const beginning = text.slice(0, BEGINNING.length).toLowerCase();
  if (!BEGINNING.startsWith(beginning)) return false;
  const isWhole = /[\r\n]/.test(text) || bytes.length >= STATUS_BYTES;
  return !isWhole || STATUS_LINE.test(text);
}
