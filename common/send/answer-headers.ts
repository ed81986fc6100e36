const LINES_MAX = 40;
const CHARACTERS_MAX = 1_024;
/** Values that open something for whoever reads them. */
const SECRET =
  /^(?:set-cookie2?|authorization|authentication-info|.*(?:token|secret|api-?key).*)$/i;

/**
 * The headers of an answer as lines for people: bounded, and without secrets.
 *
 * @param head the beginning of the answer, the status line included
 * @returns undefined when there are none
 */
export function answerHeaders(head: string): string | undefined {
  const lines: string[] = [];
  let length = 0;
  for (const line of head.split('\n').slice(1, 1 + LINES_MAX)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim();
    const shown = `${name}: ${SECRET.test(name) ? '(hidden)' : line.slice(colon + 1).trim()}`;
    length += shown.length + 1;
    if (length > CHARACTERS_MAX) break;
    lines.push(shown);
  }
  return lines.length === 0 ? undefined : lines.join('\n');
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
