import { HEADER, deliveryIdOf, isMalformed, parseDelivery } from '../../common/model/delivery.ts';
import { triggerOf } from '../../common/model/trigger.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { addressedTo, endpointOf, isFanOut } from '../../common/subscriptions/fan-out.ts';
import { originHeaders } from '../republish/origin-headers.ts';
import { whyErased } from '../../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';

/** Conditions that a delivery of the window has to meet, all of them, to be replayed. */
export interface ReplayFilter {
  /** `default` is WEBHOOK_URL. */
  readonly subscription: string | null;
  /** The record's key. */
  readonly user: string | null;
}

export type Verdict =
  | {
      readonly kind: 'copy';
      /**
       * The record to copy. When one subscription is asked for, an event is copied as its delivery
       * to that subscription alone.
       */
      readonly record: LogRecord;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'no-match' };

export const IS_A_COPY = 'a copy that a replay or a redrive made: its original counts';

/**
 * Whether a record of the deliveries is replayed, and with which headers. Only originals are: so
 * a delivery is copied once however often it was put back before, and replays never feed on
 * replays.
 *
 * @param takes whether an event is for the subscription that is asked for
 */
export function classify(
  read: LogRecord,
  { subscription, user }: ReplayFilter,
  replayId: string,
  takes: (event: LogRecord) => boolean,
): Verdict {
  const isPart = subscription !== null && isFanOut(read) && takes(read);
  const record = isPart ? addressedTo(subscription, read) : read;
  const { headers } = record;
  const { key } = read;
  const isForIt = !isFanOut(record) && endpointOf(record) === subscription;
  if (subscription !== null && !isForIt) return NO_MATCH;
  if (user !== null && key !== user) return NO_MATCH;
  if (triggerOf(headers) !== null) return { kind: 'skip', reason: IS_A_COPY };
  const id = { [HEADER.id]: deliveryIdOf(record) };
  const copied = { ...id, ...originHeaders(headers), [HEADER.replay]: replayId };
  const parsed = parseDelivery({ ...record, headers: copied });
  if (isMalformed(parsed)) return { kind: 'skip', reason: parsed.reason };
  return { kind: 'copy', record, headers: copied };
}

/** Passes over a record whose body nobody can read any more. */
export function asReadable(verdict: Verdict, bodyKeys: Pick<BodyKeys, 'stateOf'>): Verdict {
  const reason = verdict.kind === 'copy' ? whyErased(verdict.record, bodyKeys) : null;
  return reason === null ? verdict : { kind: 'skip', reason };
}

const NO_MATCH: Verdict = { kind: 'no-match' };
