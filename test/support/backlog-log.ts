import type { LogRecord } from '../../common/delivery.ts';
import { endpointOf } from '../../consumer/engine/endpoint-name.ts';
import type { Home } from '../../consumer/engine/work.ts';

/** The endpoints of the model in backlog-model.ts, and the log of its partition. */
export const NAMES = ['a', 'b', 'default'];
/** Of these the deliveries of a user go one after the other. */
export const ORDERED = ['a', 'default'];
export const LOG = Array.from({ length: 60 }, (_, n): LogRecord => {
  const name = NAMES[(n * 7 + (n >> 2)) % NAMES.length] as string;
  // Some offsets are transaction markers, and some batches cannot be read.
  const offset = n + (n >> 3);
  const undecodable = { firstOffset: offset, lastOffset: offset, reason: 'damaged' };
  return {
    ...{ topic: 't', partition: 0, offset, value: null, timestampMs: 1 },
    key: `user-${n % 2}`,
    headers: name === 'default' ? {} : { 'wh-subscription': name },
    ...(n % 19 === 5 ? { headers: {}, undecodable } : {}),
  };
});
export const END = (LOG.at(-1)?.offset ?? 0) + 1;

/** Offsets of an endpoint's deliveries before one. */
export function deliveriesOf(endpoint: string, end: number): readonly number[] {
  const all = LOG.filter((one) => !one.undecodable && endpointOf(one) === endpoint);
  return all.map(({ offset }) => offset).filter((offset) => offset < end);
}

/** One more, or one less, is in memory. */
export const count = (sign: 1 | -1) => (home: Home) => {
  home.openRecords += sign;
};
