import { z } from 'zod';
import { idParam, json, keyProblems } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';
import type { Publisher } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { DeadLetterView } from '../dead-letters/view.ts';
import type { Redriver } from '../dead-letters/redriver.ts';
import type { DeliveryFinder } from '../delivery-log/delivery-finder.ts';
import { DeliveriesQuery } from '../delivery-log/log-query.ts';
import type { DeliveryView } from '../delivery-log/schemas.ts';
import { bodyContentType, deadLetterOf, placesOf, resentRecord } from './delivery-record.ts';
import { readRecord } from '../query/read-record.ts';
import { LOCKED, whyErased } from '../../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';

export interface DeliveryDeps {
  readonly finder: Pick<DeliveryFinder, 'find'>;
  readonly reader: Pick<PartitionReader, 'read'>;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly bodyKeys: BodyKeys;
  readonly deadLetters: Pick<DeadLetterView, 'list'>;
  readonly redriver: Pick<Redriver, 'run'>;
  /** The topic of the live lane. */
  readonly topic: string;
  /** Topics whose records are deliveries. */
  readonly isDeliveries: (topic: string) => boolean;
  /** Whether a subscription can be sent to; a disabled one can, later. */
  readonly isThere: (subscription: string) => boolean;
  readonly logger: Logger;
}

const WRITE_DEADLINE_MS = 10_000;
/** Dead letters of one delivery: a replay of a dead one may die as well. */
const SAME_ID_MAX = 100;
const tags = ['delivery log'];
const request = {
  params: idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X'),
  query: DeliveriesQuery.pick({ subscription: true }),
};
const REFUSED = ['conflict', 'user-keys-off'] as const;
const FOUND = ['invalid-fields', 'not-found', 'gone', 'erased', ...REFUSED] as const;
const SEARCHED = ['too-many-requests', 'broker-unavailable'] as const;
/** A body is somebody else's: no browser may run it as a page of ours. */
const HARMLESS = {
  'content-security-policy': "default-src 'none'; sandbox",
  'content-disposition': 'attachment',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const getBody = route(
  {
    method: 'get',
    path: '/deliveries/{id}/body',
    operationId: 'getDeliveryBody',
    ...{ tags, summary: 'Get the body of a delivery as it is sent' },
    description:
      'The bytes that are sent, with their content type; 410 once the log has lost them.',
    request,
    responses: {
      200: {
        description: 'The body of the delivery',
        content: {
          '*/*': { schema: z.unknown().describe('mostly JSON; whatever its content type says') },
        },
      },
      ...keyProblems(...FOUND, ...SEARCHED),
    },
  },
  async (c, deps: DeliveryDeps) => {
    const { record } = await recordOf(deps, c.req.valid('param').id, c.req.valid('query'));
    const headers = {
      ...HARMLESS,
      'content-type': bodyContentType(record.headers),
    };
    const body = deps.bodyKeys.open(record);
    return new Response(new Uint8Array(body ?? []), { headers }) as never;
  },
);

const Resent = z
  .object({ id: z.string(), subscription: z.string().nullable() })
  .meta({ id: 'ResentDelivery' });

const resend = route(
  {
    method: 'post',
    path: '/deliveries/{id}/resend',
    operationId: 'resendDelivery',
    ...{ tags, summary: 'Send a delivery once more, under the same id' },
    description: 'In any state; a dead letter counts as put back.',
    request,
    responses: {
      202: json('The delivery is in the log once more', Resent),
      ...keyProblems(...FOUND, 'redrive-fenced', ...SEARCHED),
    },
  },
  async (c, deps: DeliveryDeps) => {
    const { id } = c.req.valid('param');
    const { delivery, record } = await recordOf(deps, id, c.req.valid('query'));
    const { subscription } = delivery;
    if (subscription !== null && !deps.isThere(subscription)) {
      throw new HttpProblem(409, `The subscription ${subscription} was deleted`);
    }
    if (!(await redrivesOne(deps, delivery))) await publishAgain(deps, delivery, record);
    deps.logger.info({ id, subscription }, 'delivery.resent');
    return c.json({ id, subscription }, 202);
  },
);

/** Puts back a dead letter, so that it is no dead letter any more. @returns whether it is one */
async function redrivesOne(
  { deadLetters, redriver }: DeliveryDeps,
  delivery: DeliveryView,
): Promise<boolean> {
  const { id, subscription, state } = delivery;
  if (state !== 'dead') return false;
  const filter = { id, subscription, user: null, status: null, error: null, sinceMs: null };
  const known = await deadLetters.list(filter, null, SAME_ID_MAX);
  if (known.length === 0) return false;
  const options = { filter: deadLetterOf(delivery), rate: null, isDryRun: false };
  const { matched, redriven } = await redriver.run({ ...options, places: known });
  if (matched > 0) return redriven > 0;
  // They lie elsewhere than the view knows, as in a topic that was made again.
  return (await redriver.run(options)).redriven > 0;
}

async function publishAgain(
  { publisher, bodyKeys, topic }: DeliveryDeps,
  { subscription }: DeliveryView,
  record: LogRecord,
): Promise<void> {
  const resent = resentRecord(record, { topic, subscription });
  if (typeof resent === 'string') throw new HttpProblem(409, `No delivery: ${resent}`);
  for (const one of await bodyKeys.sealed([resent]))
    await publisher.publish(one, WRITE_DEADLINE_MS);
}

/**
 * Finds a delivery and its record: the newest copy that is still in the log.
 *
 * @throws HttpProblem 404, 410
 * @throws BrokerUnavailableError also when the broker does not answer in time
 */
async function recordOf(
  { finder, reader, bodyKeys, isDeliveries }: DeliveryDeps,
  id: string,
  { subscription }: { readonly subscription?: string | undefined },
): Promise<{ delivery: DeliveryView; record: LogRecord }> {
  const found = await finder.find(id, subscription);
  if (found.delivery === null) throw new HttpProblem(404, found.reason);
  const { delivery, attempts } = found;
  for (const place of placesOf([delivery, ...attempts])) {
    if (!isDeliveries(place.topic)) continue;
    const record = await readRecord(reader, place);
    if (!record || record.undecodable) continue;
    const { refused } = record;
    if (refused === LOCKED) throw new HttpProblem(409, LOCKED, { code: 'user-keys-off' });
    if (refused !== undefined) throw new HttpProblem(409, `No delivery: ${refused}`);
    const erased = whyErased(record, bodyKeys);
    if (erased !== null) throw new HttpProblem(410, erased, { code: 'erased' });
    return { delivery, record };
  }
  throw new HttpProblem(410, `The log does not have the record of ${id} any more`);
}

export const deliveryRecordRoutes = [getBody, resend];
