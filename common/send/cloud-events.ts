import { isJson } from '../base/parse-json.ts';
import { decodeTime } from 'ulid';
import type { BodyFormat } from '../model/subscription.ts';

/**
 * A delivery as a CloudEvent 1.0 over HTTP.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings
 */

/** Content type of an event whose attributes and data are in one JSON object. */
const STRUCTURED_TYPE = 'application/cloudevents+json; charset=utf-8';
const SPEC_VERSION = '1.0';
/** An event must have a type. */
const UNTYPED = 'hookline.delivery';
const ULID_BEGINNING = /^[0-7][0-9A-HJKMNP-TV-Z]{25}/;
const JSON_TYPE = /^[^;]*[/+]json\s*(;|$)/i;
/** Characters that the value of an attribute must not have in a header as they are. */
const ESCAPED_IN_HEADERS = /[^\x21\x23\x24\x26-\x7e]/g;

export interface Event {
  readonly id: string;
  /** URI reference that says where the event comes from. */
  readonly source: string;
  readonly type: string | undefined;
  readonly contentType: string;
  readonly body: Buffer;
}

/** The parts of a request that carry an event. */
export interface Written {
  /** Further headers, names and values in turn. */
  readonly headers: readonly string[];
  readonly contentType: string;
  readonly body: Buffer;
}

/** Writes an event in the form that its receiver wants. */
export function asCloudEvent(
  event: Event,
  format: Exclude<BodyFormat, 'standard' | 'slack'>,
): Written {
  return format === 'cloudevents-binary' ? inBinaryMode(event) : inStructuredMode(event);
}

/** Writes an event with its attributes in headers; the body stays as it is. */
function inBinaryMode(event: Event): Written {
  const headers = Object.entries(attributesOf(event)).flatMap(([name, value]) => [
    `ce-${name}`,
    value.replace(ESCAPED_IN_HEADERS, (char) => encodeURIComponent(char)),
  ]);
  return { headers, contentType: event.contentType, body: event.body };
}

/**
 * Writes an event as one JSON object. A body that is JSON becomes a part of it as it stands, so
 * that no number changes; any other goes in base64.
 */
function inStructuredMode(event: Event): Written {
  const { contentType, body } = event;
  const attributes = JSON.stringify({ ...attributesOf(event), datacontenttype: contentType });
  const text = jsonTextOf(event);
  const data = text === null ? `"data_base64":"${body.toString('base64')}"` : `"data":${text}`;
  const whole = `${attributes.slice(0, -1)},${data}}`;
  return { headers: [], contentType: STRUCTURED_TYPE, body: Buffer.from(whole) };
}

function attributesOf({ id, source, type = UNTYPED }: Event): Record<string, string> {
  const time = timeOf(id);
  return { specversion: SPEC_VERSION, id, source, type, ...(time !== null && { time }) };
}

/**
 * Returns when an event was accepted, the same for each attempt: most ids begin with that time.
 *
 * @returns null for ids of other programs
 */
function timeOf(id: string): string | null {
  const [ulid] = ULID_BEGINNING.exec(id) ?? [];
  return ulid === undefined ? null : new Date(decodeTime(ulid)).toISOString();
}

/** @returns the body as JSON text; null when it is none */
function jsonTextOf({ contentType, body }: Event): string | null {
  if (!JSON_TYPE.test(contentType)) return null;
  const text = body.toString();
  const isExact = Buffer.byteLength(text) === body.length && Buffer.from(text).equals(body);
  return isExact && isJson(text) ? text : null;
}
