import { isUtf8 } from 'node:buffer';
import type { SchemaElement, SchemaTree } from 'hyparquet';
import { bigIntOf, decimalText } from '../../common/base/decimal-text.ts';
import { parseJsonText } from './json-row.ts';

/** A value that cannot be sent: its row is rejected. The message goes on after the column. */
export class UnfitValue extends Error {
  /** The text that is shown of it. */
  readonly raw: string;

  constructor(message: string, raw: string) {
    super(message);
    this.raw = raw;
  }
}

/** A JSON text of a column, which stays as it stands. */
export class JsonText {
  readonly text: string;

  /** @throws UnfitValue it is none */
  constructor(text: string) {
    if (parseJsonText(text) === undefined) throw new UnfitValue('is not a JSON text', text);
    // Line breaks within strings are escaped in JSON; those between values mean nothing.
    this.text = text.replaceAll(/[\r\n]+/g, ' ');
  }
}

/** Makes the JSON text of a value. */
export type Render = (value: unknown) => string;

/**
 * Types of which the library makes numbers that are not exact, or raw numbers, or objects that
 * lose what is repeated or named __proto__.
 */
const OWN_TYPES = new Set(['DECIMAL', 'TIME_MILLIS', 'TIME_MICROS', 'MAP']);

/** Tells whether the values of a column are to be read raw, and rendered here. */
export function isReadRaw({ converted_type: type, logical_type: logical }: SchemaElement): boolean {
  return OWN_TYPES.has(type ?? '') || logical?.type === 'DECIMAL' || logical?.type === 'TIME';
}

/** Returns how the values of a column are rendered, by its type before anything is read raw. */
export function renderOf({ element, children }: SchemaTree): Render {
  const one = children.length === 0 ? leafRender(element) : nestedRender(element, children);
  const isRepeated = element.repetition_type === 'REPEATED';
  const render = isRepeated ? (value: unknown) => renderList(value as unknown[], one) : one;
  return (value) => (value === null || value === undefined ? 'null' : render(value));
}

/** As in the body of a CSV row: a text, whatever the column's type, and empty where it is null. */
export function renderAsText(render: Render): Render {
  return (value) => {
    const json = render(value);
    if (json === 'null') return '""';
    return json.startsWith('"') ? json : JSON.stringify(json);
  };
}

function nestedRender(element: SchemaElement, children: readonly SchemaTree[]): Render {
  const [child] = children;
  if (element.logical_type?.type === 'VARIANT' || !child) return renderAny;
  if (element.converted_type === 'LIST' && children.length === 1) {
    // The library leaves out the level between the list and its elements, where there is one.
    const [inner] = child.children;
    const item = inner && child.children.length === 1 ? inner : child;
    const render = renderOf({ ...item, element: { ...item.element, repetition_type: 'OPTIONAL' } });
    return (value) => renderList(value as unknown[], render);
  }
  const [key, item] = child.children;
  const isMap = child.element.repetition_type === 'REPEATED' && child.children.length === 2;
  if (element.converted_type === 'MAP' && children.length === 1 && isMap && key && item) {
    const entries = (value: unknown) => (value as Entries)[child.element.name] ?? [];
    const [keyOf, valueOf] = [mapKeyRender(key), renderOf(item)];
    const member = (entry: Entry) =>
      `${keyOf(entry[key.element.name])}:${valueOf(entry[item.element.name])}`;
    return (value) => `{${entries(value).map(member).join(',')}}`;
  }
  const members = new Map(children.map((one) => [one.element.name, renderOf(one)]));
  return (value) =>
    renderMembers(Object.entries(value as object), (name) => members.get(name) ?? renderAny);
}

type Entry = Readonly<Record<string, unknown>>;
type Entries = Readonly<Record<string, readonly Entry[] | null>>;

/** Names in JSON are texts, whatever the type of the keys. */
function mapKeyRender(key: SchemaTree): Render {
  const render = renderAsText(renderOf(key));
  return (value) => {
    if (value !== null && value !== undefined) return render(value);
    throw new UnfitValue('has a key that is null', '');
  };
}

const renderList = (values: readonly unknown[], render: Render) =>
  `[${values.map(render).join(',')}]`;

function renderMembers(
  entries: readonly (readonly [name: string, value: unknown])[],
  renderFor: (name: string) => Render,
): string {
  const members = entries.map(
    ([name, value]) => `${JSON.stringify(name)}:${renderFor(name)(value)}`,
  );
  return `{${members.join(',')}}`;
}

function leafRender(element: SchemaElement): Render {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const scale = logical?.type === 'DECIMAL' ? logical.scale : (element.scale ?? 0);
    return (value) => JSON.stringify(decimalText(unscaledOf(value), scale));
  }
  if (converted === 'TIME_MILLIS' || (logical?.type === 'TIME' && logical.unit === 'MILLIS')) {
    return (value) => JSON.stringify(timeText(BigInt(value as number), 1_000_000n));
  }
  if (converted === 'TIME_MICROS' || logical?.type === 'TIME') {
    const isNanos = logical?.type === 'TIME' && logical.unit === 'NANOS';
    return (value) => JSON.stringify(timeText(value as bigint, isNanos ? 1n : 1_000n));
  }
  if (type === 'FLOAT') return (value) => renderAny(shortest(value as number));
  return renderAny;
}

/** Renders a value by what it is, where the column says no more. */
function renderAny(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof JsonText) return value.text;
  if (value instanceof UnfitValue) throw value;
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value);
    return JSON.stringify(isUtf8(bytes) ? bytes.toString() : bytes.toString('base64'));
  }
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value));
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (Array.isArray(value)) return renderList(value, renderAny);
  if (typeof value === 'object') return renderMembers(Object.entries(value), () => renderAny);
  return JSON.stringify(value);
}

/** The shortest number that is the same one with 32 bits. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function unscaledOf(value: unknown): bigint {
  return value instanceof Uint8Array ? bigIntOf(value) : BigInt(value as number | bigint);
}

const NANOS_A_SECOND = 1_000_000_000n;
const SECONDS_A_DAY = 86_400;

/** @param nanosEach how many nanoseconds a unit has */
function timeText(units: bigint, nanosEach: bigint): string {
  const nanos = units * nanosEach;
  const seconds = Number(nanos / NANOS_A_SECOND);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const text = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return text + fraction(nanos % NANOS_A_SECOND);
}

/** At least milliseconds, and as many digits more as there are. */
function fraction(nanos: bigint): string {
  const digits = String(nanos).padStart(9, '0');
  return `.${digits.slice(0, 3)}${digits.slice(3).replace(/0+$/, '')}`;
}

/**
 * Returns a text as it stands, with the byte order mark that it may begin with.
 *
 * @throws UnfitValue the bytes are no UTF-8, of which nothing is to be replaced without a word
 */
export function utf8Text(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isUtf8(text)) return text.toString();
  throw new UnfitValue('is not valid UTF-8', text.toString('base64'));
}

/**
 * Returns an instant as ISO 8601, to the nanosecond.
 *
 * @throws UnfitValue a year that Date does not know, such as that of an infinite time
 */
export function instantText(units: bigint, nanosEach: bigint): string {
  const nanos = units * nanosEach;
  const rest = ((nanos % NANOS_A_SECOND) + NANOS_A_SECOND) % NANOS_A_SECOND;
  const seconds = (nanos - rest) / NANOS_A_SECOND;
  const iso = isoText(Number(seconds), units);
  return iso.replace(/\.\d+Z$/, `${fraction(rest)}Z`);
}

/** Returns a day as ISO 8601. @throws UnfitValue as for an instant */
export function dayText(days: number): string {
  return isoText(days * SECONDS_A_DAY, days).replace(/T.*/, '');
}

function isoText(seconds: number, raw: number | bigint): string {
  const date = new Date(seconds * 1_000);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new UnfitValue('is outside the years -271821 to 275760', String(raw));
}
