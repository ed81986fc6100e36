/**
 * Finds the parts of a JSON text, so that they can be passed on as they stand. Parsing a text and
 * writing it again changes numbers beyond 53 bits and the spelling of others, drops all but the
 * last of equal names, and moves names that look like integers to the front.
 *
 * Every function here relies on JSON.parse having accepted the text: then strings, brackets and
 * separators are enough to look at.
 *
 * @see docs/decisions/0007-exact-bodies.md why no library does it
 */

export interface Member {
  readonly name: string;
  /** The value as it stands in the text, without the white space around it. */
  readonly text: string;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const SPACE = 0x20;
const isSpace = (char: number) => char === SPACE || (char >= 0x09 && char <= 0x0d);

/**
 * Lists the members of an object in the order of the text; a name may be among them twice.
 *
 * @param text of one object
 */
export function membersOf(text: string): readonly Member[] {
  const members: Member[] = [];
  let at = spaceEnd(text, spaceEnd(text, 0) + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const nameEnd = stringEnd(text, at);
    const colon = spaceEnd(text, nameEnd);
    const start = spaceEnd(text, colon + 1);
    const end = valueEnd(text, start);
    members.push({ name: nameOf(text.slice(at, nameEnd)), text: text.slice(start, end) });
    at = spaceEnd(text, spaceEnd(text, end) + 1);
  }
  return members;
}

/**
 * Goes through the elements of an array, each as it stands in the text.
 *
 * @param text of one array
 */
export function* elementsOf(text: string): Generator<string> {
  let start = spaceEnd(text, spaceEnd(text, 0) + 1);
  while (start < text.length && text.charCodeAt(start) !== CLOSING_BRACKET) {
    const end = valueEnd(text, start);
    yield text.slice(start, end);
    start = spaceEnd(text, spaceEnd(text, end) + 1);
  }
}

function nameOf(quoted: string): string {
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

function spaceEnd(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** @param start of the opening quote */
function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote + 1;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

function valueEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = stringEnd(text, at);
        break;
      case OPENING_BRACE:
      case OPENING_BRACKET:
        depth += 1;
        at += 1;
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        depth -= 1;
        at += 1;
        break;
      default:
        at = depth === 0 ? scalarEnd(text, at) : at + 1;
    }
  } while (depth > 0);
  return at;
}

/** The end of a number or a word. */
function scalarEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    const isNext = char === COMMA || char === CLOSING_BRACE || char === CLOSING_BRACKET;
    if (isNext || isSpace(char)) return at;
  }
  return text.length;
}
