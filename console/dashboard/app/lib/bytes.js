// Bodies of deliveries, which may be any bytes. Everything here is a function of its arguments.

/** Bytes that are shown at most; a person reads no more, and the page stays quick. */
export const SHOWN_MAX = 65_536;
const ROW = 16;

/** @param {Uint8Array} body @returns the text, or null where it is not UTF-8 */
export function textOf(body) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
}

/**
 * Indents JSON without touching a digit of its numbers or the order of its members.
 *
 * @param {string} text
 * @returns null where the text is not JSON
 */
export function prettyJson(text) {
  if (!isJson(text)) return null;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let depth = 0;
  let out = '';
  const newLine = () => (out += `\n${'  '.repeat(depth)}`);
  tokens.forEach((token, index) => {
    const isEmptyEnd = /^[{[]$/.test(tokens[index - 1] ?? '');
    if (/^[}\]]$/.test(token)) {
      depth -= 1;
      if (!isEmptyEnd) newLine();
    }
    out += token === ':' ? ': ' : token;
    if (/^[{[]$/.test(token)) depth += 1;
    const isBeforeEnd = /^[}\]]$/.test(tokens[index + 1] ?? '');
    if (token === ',' || (/^[{[]$/.test(token) && !isBeforeEnd)) newLine();
  });
  return out;
}

/**
 * Indents JSON lines, as a record of attempts holds them. The last may be cut off: it stays as it
 * stands.
 *
 * @param {string} text
 * @returns null where the text is not JSON, line by line
 */
export function prettyLines(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const all = lines.map((line) => prettyJson(line));
  const isJsonLines = lines.length > 1 && all.slice(0, -1).every((line) => line !== null);
  return isJsonLines ? all.map((line, index) => line ?? lines[index]).join('\n') : null;
}

/**
 * One member of a JSON object as text, with every digit of its numbers where the browser can.
 *
 * @param {string} text
 * @param {string} name of the member
 */
export function memberText(text, name) {
  const exact = (_key, value, context) => {
    const rawJson = /** @type {any} */ (JSON).rawJSON;
    return typeof value === 'number' && rawJson ? rawJson(context.source) : value;
  };
  const parsed = JSON.parse(text, /** @type {any} */ (exact));
  return prettyJson(JSON.stringify(parsed[name] ?? null));
}

/** JSON of an object and of further members that are JSON already, which stay as they stand. */
export function jsonWith(object, further) {
  const given = Object.entries(object).map(([name, value]) => [name, JSON.stringify(value)]);
  const members = [...given, ...Object.entries(further)]
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  return `{${members.join(',')}}`;
}

/** Lines of position, bytes and characters, as `hexdump -C` prints them. */
export function hexDump(body) {
  const lines = [];
  for (let at = 0; at < body.length; at += ROW) {
    const row = [...body.subarray(at, at + ROW)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const shown = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.'));
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * ROW)} ${shown.join('')}`);
  }
  return lines.join('\n');
}

export function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
