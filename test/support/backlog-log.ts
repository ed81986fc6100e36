import { packedRecord } from './packed-record.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { Home } from '../../consumer/partition/home.ts';
import { recipientsOf } from './recipients.ts';
import { aSubscription } from './subscription.ts';

/** The endpoints of the model in backlog-model.ts, and the log of its partition. */
export const NAMES = ['a', 'b', 'default'];
/** Endpoints that deliver the records of one user one after the other. */
export const ORDERED = ['a', 'default'];
/** Endpoint `a` receives all events, and `b` every other one. */
export const recipients = recipientsOf(
  aSubscription({ id: 'a' }),
  aSubscription({ id: 'b', eventTypes: ['even'] }),
);
export const LOG = Array.from({ length: 60 }, (_, n): LogRecord => {
  const name = NAMES[(n * 7 + (n >> 2)) % NAMES.length] as string;
  // Some offsets are transaction markers, and some batches cannot be read.
  const offset = n + (n >> 3);
  const undecodable = { firstOffset: offset, lastOffset: offset, reason: 'damaged' };
  const to: Record<string, string> = name === 'default' ? {} : { 'wh-subscription': name };
  const event = { 'wh-fan-out': '1', 'event-type': n % 2 === 0 ? 'even' : 'odd' };
  return {
    ...{ topic: 't', partition: 0, offset, value: Buffer.from('{}'), timestampMs: 1 },
    key: `user-${n % 2}`,
    headers: { 'webhook-id': `id-${offset}`, ...(n % 5 === 3 ? event : to) },
    ...(n % 19 === 5 ? { headers: {}, undecodable } : {}),
    // An event that nobody can be sent.
    ...(n === 33 ? { headers: { ...event, 'webhook-id': 'no id' } } : {}),
  };
});
export const END = (LOG.at(-1)?.offset ?? 0) + 1;

/** A delivery that somebody is to get, or what is to be rejected. */
export interface Wanted {
  readonly name: string;
  readonly offset: number;
  readonly endpoint: string;
  /** Deliveries of one lane go one after the other. */
  readonly lane: string;
}

/** Deliveries that the log calls for, computed without the code under test. */
export const WANTED = LOG.flatMap(({ offset, key, headers, undecodable }): readonly Wanted[] => {
  if (undecodable || headers['webhook-id'] === 'no id') return [aWanted(offset, '', null)];
  const type = headers['event-type'];
  if (type === undefined) return [aWanted(offset, headers['wh-subscription'] ?? 'default', key)];
  return (type === 'even' ? ['a', 'b'] : ['a']).map((endpoint) => aWanted(offset, endpoint, key));
});

function aWanted(offset: number, endpoint: string, key: string | null): Wanted {
  const lane = ORDERED.includes(endpoint) ? `${endpoint}/${key}` : `${endpoint}/${offset}`;
  return { name: `${offset} ${endpoint}`, offset, endpoint, lane };
}

/** Names of an endpoint's deliveries before an offset. */
export function deliveriesOf(endpoint: string, end: number): readonly string[] {
  const own = WANTED.filter((one) => one.endpoint === endpoint && one.offset < end);
  return own.map(({ name }) => name);
}

/** Returns a callback that counts one record more, or one less, in memory. */
export const count = (sign: 1 | -1) => (home: Home) => {
  home.openRecords += sign;
};

/** Returns the records that a fetch from an offset brings, at most `count`. */
export function fetchedFrom(from: number, count: number) {
  const next = LOG.filter(({ offset }) => offset >= from).slice(0, count);
  return { records: next.map(packedRecord), readTo: (next.at(-1)?.offset ?? END - 1) + 1 };
}
