/** Quotes a text for a POSIX shell. */
export function shellQuote(text) {
  return `'${String(text).replaceAll("'", `'\\''`)}'`;
}

/** Secrets are hidden in what the API shows; a request with them would be refused. */
const HIDDEN = '(hidden)';

/** Names of the headers that a copied request lacks. @param {Record<string, string>} headers */
export function leftOutHeaders(headers) {
  return Object.keys(headers).filter((name) => headers[name] === HIDDEN);
}

/**
 * Returns a command that sends a request as a delivery was sent. A signature covers the time of its
 * attempt, so the receiver may refuse it as too old.
 *
 * @param {{ url: string, headers: Record<string, string>, body: string }} request
 */
export function curlCommand({ url, headers, body }) {
  const shown = Object.entries(headers).filter(([, value]) => value !== HIDDEN);
  const lines = [
    `curl -i ${shellQuote(url)}`,
    ...shown.map(([name, value]) => `-H ${shellQuote(`${name}: ${value}`)}`),
    `--data-binary ${shellQuote(body)}`,
  ];
  return lines.join(' \\\n  ');
}
