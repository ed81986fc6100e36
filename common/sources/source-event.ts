import { isUtf8 } from 'node:buffer';
import { elementsOf, membersOf } from '../base/json-source.ts';
import { isJson } from '../base/parse-json.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { DLQ_HEADER, HEADER } from '../model/delivery.ts';
import { RESERVED_TYPES, isReservedType } from '../model/event-types.ts';
import { FOR_DEFAULT_TOO } from '../subscriptions/fan-out.ts';
import type { Decoded } from '../schemas/schemas.ts';
import type { Locator, Source } from '../model/source.ts';

interface Limits {
  /** Largest body, in bytes. */
  readonly bodyBytesMax: number;
  /** How many partitions our deliveries have. */
  readonly partitions: number;
  /** Returns the partition of a user there. */
  readonly partitionOf: (user: string) => number;
}

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const SPACE = 0x20;

/** Headers that mean something to us; another program's must not be taken for ours. */
const OURS: ReadonlySet<string> = new Set<string>([
  ...Object.values(HEADER),
  ...Object.values(DLQ_HEADER),
]);

/**
 * Makes an event of a record in a source topic: as `POST /events` would have written it, at the
 * place where the record lies. Never throws, so that no record can stop a partition.
 *
 * @param decoded the value by its schema; null: it has none
 * @returns null: a tombstone that is not delivered
 */
export function sourceEvent(
  raw: LogRecord,
  source: Source,
  limits: Limits,
  decoded: Decoded | null = null,
): LogRecord | null {
  if (raw.undecodable) return { ...raw, copyTo: raw.partition % limits.partitions };
  const record = decoded?.json ? { ...raw, value: decoded.json } : raw;
  const { value, partition } = record;
  if (value === null && source.tombstones === 'skip') return null;
  const found = new Finder(record);
  const user = found.find(source.userId);
  const key = user === null || user === '' ? null : user;
  const given = found.find(source.eventType);
  const type = given === null || given === '' ? source.topic : given;
  const headers: Record<string, string> = {};
  for (const name in record.headers) {
    if (!OURS.has(name)) headers[name] = record.headers[name] as string;
  }
  headers[HEADER.id] = `${record.topic}-${partition}-${record.offset}`;
  headers[HEADER.fanOut] = source.isForDefault ? FOR_DEFAULT_TOO : '1';
  headers[HEADER.eventType] = type;
  headers[HEADER.contentType] = decoded?.json
    ? 'application/json'
    : (record.headers[HEADER.contentType] ?? contentTypeOf(value));
  const trace = record.headers[HEADER.traceparent];
  if (trace !== undefined) headers[HEADER.traceparent] = trace;
  const copyTo = key === null ? partition % limits.partitions : limits.partitionOf(key);
  const event = { ...record, key, value: value ?? Buffer.alloc(0), headers, copyTo };
  const unfit = whyUnfit(event.value, decoded, limits);
  if (unfit !== null) {
    const where = 'the source topic still has it, and a replay sends it once that is mended';
    return { ...event, value: null, refused: `the value ${unfit}: ${where}` };
  }
  if (!isReservedType(type)) return event;
  return { ...event, refused: `the types ${RESERVED_TYPES} are for events of Hookline itself` };
}

function whyUnfit(
  { length }: Buffer,
  decoded: Decoded | null,
  { bodyBytesMax }: Pick<Limits, 'bodyBytesMax'>,
): string | null {
  if (length > bodyBytesMax)
    return `has ${length} bytes, more than MAX_MESSAGE_BYTES (${bodyBytesMax})`;
  return decoded === null || decoded.error === null ? null : `cannot be decoded (${decoded.error})`;
}

/** The content type of a value that says nothing of it. */
function contentTypeOf(value: Buffer | null): string {
  if (value === null || value.length === 0) return 'application/octet-stream';
  let first = 0;
  let last = value.length - 1;
  while (first < last && (value[first] as number) <= SPACE) first += 1;
  while (last > first && (value[last] as number) <= SPACE) last -= 1;
  const isObject = value[first] === OPENING_BRACE && value[last] === CLOSING_BRACE;
  const isArray = value[first] === OPENING_BRACKET && value[last] === CLOSING_BRACKET;
  // A schema registry's values begin with a zero byte, which no text has.
  if (value[0] === 0 || !isUtf8(value)) return 'application/octet-stream';
  return isObject || isArray ? 'application/json' : 'text/plain; charset=utf-8';
}

/** Looks something up in a record; its value is parsed once at most. */
class Finder {
  private readonly record: LogRecord;
  private json: string | null | undefined;

  constructor(record: LogRecord) {
    this.record = record;
  }

  /** @returns null: it is not there */
  find(locator: Locator): string | null {
    switch (locator.kind) {
      case 'key':
        return keyText(this.record.key);
      case 'header':
        return this.record.headers[locator.name] ?? null;
      case 'fixed':
        return locator.text;
      case 'pointer':
        return this.text() === null ? null : textAt(this.text() as string, locator.path);
    }
  }

  private text(): string | null {
    if (this.json !== undefined) return this.json;
    const text = String(this.record.value ?? '');
    this.json = isJson(text) ? text : null;
    return this.json;
  }
}

/** A key that is no text, such as the eight bytes of a number, in hexadecimal digits. */
function keyText(key: string | null): string | null {
  // eslint-disable-next-line no-control-regex -- those are what tells bytes from a text
  if (key === null || !/[\x00-\x1f\x7f]/.test(key)) return key;
  return `0x${Buffer.from(key).toString('hex')}`;
}

/** Finds a text, a number as it is written, or a truth value; null for anything else. */
function textAt(json: string, path: readonly string[]): string | null {
  let text = json.trim();
  for (const name of path) {
    let next: string | undefined;
    if (text.startsWith('{')) next = membersOf(text).findLast((one) => one.name === name)?.text;
    else if (text.startsWith('[') && /^(0|[1-9]\d*)$/.test(name)) {
      next = [...elementsOf(text)][Number(name)];
    }
    if (next === undefined) return null;
    text = next;
  }
  if (text.startsWith('"')) return JSON.parse(text) as string;
  return text.startsWith('{') || text.startsWith('[') || text === 'null' ? null : text;
}
