/**
 * Reads the head of an answer in its usual form (RFC 9112, 4 and 5), in one pass over the bytes.
 * Whatever is unusual is left to `odd-head.ts`: a connection is used again only behind a head that
 * can be understood in one way.
 */
export class Head {
  status = 0;
  /** Minor version of HTTP/1: 0 or 1. */
  minor = 0;
  /** Length of the body by Content-Length, in bytes; -1: the header is absent. */
  length = -1;
  isChunked = false;
  /** Connection: close. */
  closes = false;
  /** Connection: keep-alive. */
  keepsAlive = false;
  /** How long an idle connection is kept, by Keep-Alive; -1: it does not say. */
  idleS = -1;
  /** Positions of these values in the bytes; `from` 0: the header is absent. */
  readonly retryAfter: Span = { from: 0, to: 0 };
  readonly contentType: Span = { from: 0, to: 0 };
  readonly contentEncoding: Span = { from: 0, to: 0 };

  clear(): void {
    this.status = 0;
    this.length = -1;
    this.isChunked = false;
    this.closes = false;
    this.keepsAlive = false;
    this.retryAfter.from = 0;
    this.contentType.from = 0;
    this.contentEncoding.from = 0;
    this.idleS = -1;
  }
}

interface Span {
  from: number;
  to: number;
}

/** The bytes end before the head does. */
export const INCOMPLETE = -1;
/** The head has another form than the usual one. */
export const ODD = -2;

const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const DIGIT_0 = 48;
const LOWER = 0x20;
/** `HTTP/1.1 200` and the byte behind it. */
const STATUS_LINE_BYTES_MIN = 13;
/** A longer number would not be exact. */
const LENGTH_DIGITS_MAX = 15;

const VERSION = Buffer.from('HTTP/1.');
const CONNECTION = Buffer.from('connection');
const CONTENT_ENCODING = Buffer.from('content-encoding');
const CONTENT_LENGTH = Buffer.from('content-length');
const CONTENT_TYPE = Buffer.from('content-type');
const KEEP_ALIVE = Buffer.from('keep-alive');
const RETRY_AFTER = Buffer.from('retry-after');
const TRANSFER_ENCODING = Buffer.from('transfer-encoding');
const CHUNKED = Buffer.from('chunked');

const TIMEOUT = Buffer.from('timeout=');
const IDLE_DIGITS_MAX = 6;

/** Bytes of a name: RFC 9110, 5.6.2. */
const IS_TOKEN = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789") IS_TOKEN[char.charCodeAt(0)] = 1;
for (let letter = 97; letter <= 122; letter += 1) {
  IS_TOKEN[letter] = 1;
  IS_TOKEN[letter - LOWER] = 1;
}
/** Bytes of a value: visible ones, spaces and tabs, and bytes of other alphabets. */
const IS_VALUE = new Uint8Array(256).fill(1, SPACE);
IS_VALUE[9] = 1;
IS_VALUE[127] = 0;

/**
 * @param head cleared; holds what was found when the head is whole
 * @returns the index behind the head, `INCOMPLETE` or `ODD`
 */
export function readHead(head: Head, bytes: Buffer, from: number, end: number): number {
  if (end - from < STATUS_LINE_BYTES_MIN) return INCOMPLETE;
  for (let n = 0; n < VERSION.length; n += 1) if (bytes[from + n] !== VERSION[n]) return ODD;
  head.minor = (bytes[from + 7] as number) - DIGIT_0;
  if (head.minor !== 1 && head.minor !== 0) return ODD;
  if (bytes[from + 8] !== SPACE) return ODD;
  head.status = number(bytes, from + 9, from + 12);
  const behind = bytes[from + 12];
  if (head.status < 100 || (behind !== SPACE && behind !== CR)) return ODD;
  let at = lineEnd(bytes, from + 12, end);
  while (at >= 0) {
    if (at >= end) return INCOMPLETE;
    if (bytes[at] === CR) {
      if (at + 1 >= end) return INCOMPLETE;
      return bytes[at + 1] === LF && isClear(head) ? at + 2 : ODD;
    }
    at = readField(head, bytes, at, end);
  }
  return at;
}

/** @returns the index of the next line, `INCOMPLETE` or `ODD` */
function readField(head: Head, bytes: Buffer, from: number, end: number): number {
  let colon = from;
  while (colon < end && IS_TOKEN[bytes[colon] as number] === 1) colon += 1;
  if (colon >= end) return INCOMPLETE;
  if (bytes[colon] !== COLON || colon === from) return ODD;
  const next = lineEnd(bytes, colon + 1, end);
  if (next < 0) return next;
  let first = colon + 1;
  let last = next - 2;
  while (first < last && isBlank(bytes[first])) first += 1;
  while (last > first && isBlank(bytes[last - 1])) last -= 1;
  switch ((bytes[from] as number) | LOWER) {
    case 0x63: // c
      return takeC(head, bytes, { from, colon, first, last }) ? next : ODD;
    case 0x74: // t
      if (!isNamed(TRANSFER_ENCODING, bytes, from, colon)) return next;
      if (head.isChunked || last - first !== CHUNKED.length) return ODD;
      head.isChunked = matches(bytes, first, CHUNKED);
      return head.isChunked ? next : ODD;
    case 0x72: // r
      if (isNamed(RETRY_AFTER, bytes, from, colon)) note(head.retryAfter, first, last);
      return next;
    case 0x6b: // k
      if (isNamed(KEEP_ALIVE, bytes, from, colon)) head.idleS = idleTime(bytes, first, last);
      return next;
    default:
      return next;
  }
}

interface Field {
  readonly from: number;
  readonly colon: number;
  /** Positions where the value begins and ends, without the blanks around it. */
  readonly first: number;
  readonly last: number;
}

/** @returns false when the value is odd */
function takeC(head: Head, bytes: Buffer, { from, colon, first, last }: Field): boolean {
  if (isNamed(CONTENT_LENGTH, bytes, from, colon)) return takeLength(head, bytes, first, last);
  if (isNamed(CONNECTION, bytes, from, colon))
    takeConnection(head, bytes.toString('latin1', first, last));
  else if (isNamed(CONTENT_TYPE, bytes, from, colon)) note(head.contentType, first, last);
  else if (isNamed(CONTENT_ENCODING, bytes, from, colon)) note(head.contentEncoding, first, last);
  return true;
}

function isNamed(name: Buffer, bytes: Buffer, from: number, colon: number): boolean {
  return name.length === colon - from && matches(bytes, from, name);
}

/** Two lengths are odd even when they are equal. */
function takeLength(head: Head, bytes: Buffer, first: number, last: number): boolean {
  if (head.length !== -1 || last === first || last - first > LENGTH_DIGITS_MAX) return false;
  head.length = number(bytes, first, last);
  return head.length >= 0;
}

function takeConnection(head: Head, value: string): void {
  for (const option of value.toLowerCase().split(',')) {
    if (option.trim() === 'close') head.closes = true;
    else if (option.trim() === 'keep-alive') head.keepsAlive = true;
  }
}

/** @returns seconds of `timeout=5`, be there more behind it or not; -1 when there are none */
function idleTime(bytes: Buffer, first: number, last: number): number {
  const from = first + TIMEOUT.length;
  if (from >= last || !matches(bytes, first, TIMEOUT)) return -1;
  let to = from;
  while (to < last && to - from < IDLE_DIGITS_MAX && isDigit(bytes[to])) to += 1;
  return to === from ? -1 : number(bytes, from, to);
}

/** The first one counts. */
function note(span: Span, from: number, to: number): void {
  if (span.from !== 0) return;
  span.from = from;
  span.to = to;
}

/** Whether it is clear where the body ends: RFC 9112, 6.3. */
function isClear({ isChunked, length, minor }: Head): boolean {
  return !isChunked || (length === -1 && minor === 1);
}

/** @returns the index behind the next CRLF, `INCOMPLETE` or `ODD` */
function lineEnd(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && IS_VALUE[bytes[at] as number] === 1) at += 1;
  if (at + 1 >= end) return at < end && bytes[at] !== CR ? ODD : INCOMPLETE;
  return bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : ODD;
}

/** @returns -1 when there is anything but digits */
function number(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] as number) - DIGIT_0;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** @param lower letters in lower case, and signs that have no other case */
function matches(bytes: Buffer, from: number, lower: Buffer): boolean {
  for (let n = 0; n < lower.length; n += 1) {
    if (((bytes[from + n] as number) | LOWER) !== lower[n]) return false;
  }
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_0 + 9;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === 9;
}
