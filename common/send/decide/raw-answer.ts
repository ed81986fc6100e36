/**
 * Reads the beginning of an answer whose form the HTTP parser refused: the same Content-Length
 * twice, a folded line, a bare line feed, a space before a colon. The status line is what counts;
 * the connection is closed afterwards, so nothing depends on where the body ends.
 */
export interface RawAnswer {
  /** 101, or 200 to 599. */
  readonly status: number;
  /** By lower-case name; the first one of each. */
  readonly headers: Readonly<Record<string, string>>;
  /** As much of the body as was at hand; framing such as chunk sizes included. */
  readonly body: Buffer;
}

/** Leading empty lines are allowed (RFC 9112, 2.2), and the reason may be absent. */
const STATUS_LINE = /^(?:\r?\n)*HTTP\/1\.\d ([1-5]\d\d)(?=[ \r\n]|$)/;
const HEAD_END = /\r?\n\r?\n|\r\r/;
const LINE_END = /\r\n|\n|\r/;
const HEADER = /^([^\s:]+)[ \t]*:[ \t]*(.*?)[ \t]*$/;
const SWITCHING_PROTOCOLS = 101;
const SHOWN_BYTES = 80;

/**
 * @param bytes the beginning of what came
 * @returns the final answer, behind interim ones such as 103; null when there is none in the bytes
 */
export function readRawAnswer(bytes: Buffer): RawAnswer | null {
  // Each byte becomes one character, so positions in the text are positions in the bytes.
  let rest = bytes.toString('latin1');
  for (;;) {
    const status = Number(STATUS_LINE.exec(rest)?.[1] ?? 0);
    if (status === 0) return null;
    const end = HEAD_END.exec(rest);
    const headEnd = end === null ? rest.length : end.index + end[0].length;
    if (status >= 200 || status === SWITCHING_PROTOCOLS) {
      const body = bytes.subarray(bytes.length - (rest.length - headEnd));
      return { status, headers: headersOf(rest.slice(0, headEnd)), body };
    }
    rest = rest.slice(headEnd);
  }
}

/** The status that the bytes begin with, be it an interim one; null when they begin otherwise. */
export function firstStatus(bytes: Buffer): number | null {
  const found = STATUS_LINE.exec(bytes.toString('latin1', 0, SHOWN_BYTES));
  return found ? Number(found[1]) : null;
}

/** What came instead of an answer, for people. */
export function describeBytes(bytes: Buffer): string {
  if (bytes[0] === 0x15 && bytes[1] === 0x03) return 'with TLS; the URL should begin with https://';
  // A SETTINGS frame on stream 0 comes first on every HTTP/2 connection (RFC 9113, 3.4).
  if (bytes.length >= 9 && bytes[3] === 4 && bytes.readUInt32BE(5) === 0) {
    return 'with HTTP/2, which is used over https:// only';
  }
  return `with what is no HTTP/1.1: ${quoteBytes(bytes)}`;
}

/** The beginning of some bytes in quotes, with what cannot be printed escaped. */
export function quoteBytes(bytes: Buffer): string {
  const text = bytes.toString('latin1', 0, SHOWN_BYTES);
  const shown = text.replace(/["\\]|[^\x20-\x7e]/g, (char) => {
    if (char === '\r') return '\\r';
    if (char === '\n') return '\\n';
    if (char === '"' || char === '\\') return `\\${char}`;
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${shown}"${bytes.length > SHOWN_BYTES ? '…' : ''}`;
}

function headersOf(head: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of head.split(LINE_END)) {
    const [, name = '', value = ''] = HEADER.exec(line) ?? [];
    if (name !== '') headers[name.toLowerCase()] ??= value;
  }
  return headers;
}
