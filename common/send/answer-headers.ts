const LINES_MAX = 40;
const CHARACTERS_MAX = 1_024;
/** Names of headers whose values open something for a reader. */
const SECRET =
  /cookie|authorization|authentication-info|^x-auth|token|secret|api-?key|passw|session|credential/i;
/** Names of headers whose value is a URL, whose query may hold a token. */
const URL_VALUED = /^(?:location|content-location|refresh|referer)$/i;
const HIDDEN = '(hidden)';

/**
 * The headers of an answer as lines for people: bounded, and without secrets.
 *
 * @param head the beginning of the answer, the status line included
 * @param own headers of the endpoint, names and values in turn: a target may send them back
 * @returns undefined when there are none
 */
export function answerHeaders(head: string, own: readonly string[] = []): string | undefined {
  const ownNames = new Set(own.filter((_, n) => n % 2 === 0).map((name) => name.toLowerCase()));
  const lines: string[] = [];
  let length = 0;
  for (const line of head.split('\n').slice(1, 1 + LINES_MAX)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim();
    const isHidden = SECRET.test(name) || ownNames.has(name.toLowerCase());
    const shown = `${name}: ${isHidden ? HIDDEN : shownValue(name, line.slice(colon + 1).trim())}`;
    length += shown.length + 1;
    if (length > CHARACTERS_MAX) break;
    lines.push(shown);
  }
  return lines.length === 0 ? undefined : lines.join('\n');
}

function shownValue(name: string, value: string): string {
  if (!URL_VALUED.test(name)) return value;
  return value.replace(/\/\/[^/@]*@/, `//${HIDDEN}@`).replace(/[?#].*$/, `?${HIDDEN}`);
}

/** Reads such lines. Values of a name that comes more than once are joined by commas. */
export function parseAnswerHeaders(lines: string): Record<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines.split('\n')) {
    const at = line.indexOf(': ');
    if (at < 1) continue;
    const name = line.slice(0, at).toLowerCase();
    const before = headers.get(name);
    const value = line.slice(at + 2);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
}
