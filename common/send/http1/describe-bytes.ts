const SHOWN_BYTES = 80;

/** Describes bytes that came instead of an HTTP/1.1 answer, for error messages. */
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
