/** A request to write. */
export interface RequestParts {
  /** Path of the request, with its query. */
  readonly path: string;
  /** Host and, unless it is the usual one, port. */
  readonly host: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** A request that would not arrive as it was meant: part of it could be read as something else. */
export class RequestFormError extends Error {
  override readonly name = 'RequestFormError';
}

/** A path has neither spaces nor characters that must be escaped (RFC 3986). */
const PATH = /^\/[\x21-\x7e]*$/;
const HOST = /^[\x21-\x7e]+$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Tabs, spaces, visible characters, and bytes of other alphabets; each becomes one byte. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** The framing of the request is ours alone; HTTP/2 takes none of what concerns a connection. */
const FRAMING =
  /^(?:host|connection|content-length|transfer-encoding|expect|upgrade|http2-settings|trailer|te)$/i;

/** Names that have been found to be right: there are few, and they come with each request. */
const known = new Set<string>();
const KNOWN_MAX = 1_000;

/**
 * Head of the last request, because the next one often begins with the same bytes.
 *
 * @see docs/decisions/0011-our-own-http1-client.md
 */
let last = { path: '', host: '', beginning: '' };

/**
 * The bytes of a POST, head and body in one.
 *
 * @throws RequestFormError  a part holds what would end it early, such as a line break
 */
export function requestBytes({ path, host, headers, body }: RequestParts): Buffer {
  if (path !== last.path || host !== last.host) last = beginningOf(path, host);
  let head = last.beginning;
  for (let n = 0; n + 1 < headers.length; n += 2) {
    const name = headers[n] as string;
    const value = headers[n + 1] as string;
    if (!known.has(name)) learn(name);
    if (!VALUE.test(value)) throw new RequestFormError(`invalid ${name} header`);
    head += `${name}: ${value}\r\n`;
  }
  head += `content-length: ${body.length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, 'latin1');
  bytes.set(body, head.length);
  return bytes;
}

function beginningOf(path: string, host: string): typeof last {
  if (!PATH.test(path)) throw new RequestFormError('the path holds what no path may hold');
  if (!HOST.test(host)) throw new RequestFormError('the host holds what no host may hold');
  const beginning = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  return { path, host, beginning };
}

function learn(name: string): void {
  if (!NAME.test(name)) throw new RequestFormError('the name of a header holds what none may hold');
  if (FRAMING.test(name)) throw new RequestFormError(`the header ${name} is set by the sender`);
  if (known.size < KNOWN_MAX) known.add(name);
}
