import { refusedField } from '../../common/http/body.ts';
import { idParam, json, keyProblems } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import type { LogRecord, Position } from '../../common/kafka/log-record.ts';
import { QUEUE_CURSOR } from '../unfinished/queue-cursor.ts';
import type { DeliveryFinder } from './delivery-finder.ts';
import { attemptView } from './delivery-view.ts';
import { DeliveriesQuery, LogsQuery } from './log-query.ts';
import type { LogReads } from './log-store.ts';
import { attemptDetail } from './sent-headers.ts';
import type { EndpointHeaders } from './sent-headers.ts';
import { AttemptPage, DeliveryPage, DeliveryWithAttempts } from './schemas.ts';

interface Deps {
  readonly store: Pick<LogReads, 'select'>;
  readonly finder: DeliveryFinder;
  /** The record at a place; null: the log does not have it any more. Fails where it hangs. */
  readonly recordAt: (at: Position) => Promise<LogRecord | null>;
  /** @param subscription null: WEBHOOK_URL */
  readonly endpointHeaders: (subscription: string | null) => EndpointHeaders;
  /** Whether there is or was such a subscription. */
  readonly isSubscription: (id: string) => boolean;
}

const tags = ['delivery log'];

const listDeliveries = route(
  {
    method: 'get',
    path: '/deliveries',
    operationId: 'listDeliveries',
    ...{ tags, summary: 'List deliveries by their last attempt, newest first' },
    description:
      'With `status` `queued` or `waiting` the list has the unfinished deliveries of the log, ' +
      'partition after partition, each from its oldest on; with `in_flight` it has the requests ' +
      'under way for half a second or more, at most 100 of each consumer.',
    request: { query: DeliveriesQuery },
    responses: {
      200: json('A page of deliveries', DeliveryPage),
      ...keyProblems('invalid-fields', 'too-many-requests', 'broker-unavailable'),
    },
  },
  async (c, { finder }: Deps) => {
    const query = c.req.valid('query');
    const { status, id, cursor } = query;
    const isQueue = status === 'queued' || status === 'waiting';
    if (cursor !== undefined && QUEUE_CURSOR.test(cursor) !== isQueue) {
      throw refusedField('cursor', { cursor }, 'next_cursor of a page with the same status');
    }
    if (id !== undefined) return c.json(await finder.pageOf(id, query), 200);
    if (isQueue) return c.json(await finder.queuedPage(query, status), 200);
    if (status === 'in_flight') return c.json(await finder.inFlightPage(query), 200);
    return c.json(await finder.attemptedPage(query), 200);
  },
);

const getDelivery = route(
  {
    method: 'get',
    path: '/deliveries/{id}',
    operationId: 'getDelivery',
    ...{ tags, summary: 'Get a delivery with its attempts, oldest first' },
    description:
      'A delivery is found from its acceptance on; its attempts are kept for LOG_RETENTION_HOURS.',
    request: {
      params: idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X'),
      query: DeliveriesQuery.pick({ subscription: true }),
    },
    responses: {
      200: json('The delivery with its attempts', DeliveryWithAttempts),
      ...keyProblems('invalid-fields', 'not-found', 'too-many-requests', 'broker-unavailable'),
    },
  },
  async (c, { finder, recordAt, endpointHeaders }: Deps) => {
    const found = await finder.find(c.req.valid('param').id, c.req.valid('query').subscription);
    if (found.delivery === null) throw new HttpProblem(404, found.reason);
    const last = found.attempts[0];
    // The detail is shown without the record rather than not at all.
    const lost = (error: Error) => ({ record: null, notRead: error.message });
    const { record, notRead } = last
      ? await recordAt(last).then((found) => ({ record: found, notRead: null }), lost)
      : { record: null, notRead: null };
    const endpoint = endpointHeaders(found.delivery.subscription);
    const attempts = found.attempts.map((row) => attemptDetail(row, record, endpoint)).reverse();
    return c.json({ ...found.delivery, attempts, not_read: found.notRead ?? notRead }, 200);
  },
);

const listAttempts = (path: string, operationId: string) =>
  route(
    {
      method: 'get',
      path,
      operationId,
      ...{ tags, summary: 'List the attempts for a subscription, newest first' },
      request: { params: idParam('sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X'), query: LogsQuery },
      responses: {
        200: json('A page of attempts', AttemptPage),
        ...keyProblems('invalid-fields', 'not-found', 'too-many-requests'),
      },
    },
    async (c, { store, isSubscription }: Deps) => {
      const subscription = c.req.valid('param').id;
      const query = c.req.valid('query');
      const page = await store.select({ ...query, subscription, isLatestOnly: false });
      if (page.rows.length === 0 && !isSubscription(subscription)) {
        throw new HttpProblem(404, `There is no subscription ${subscription}`);
      }
      return c.json({ attempts: page.rows.map(attemptView), next_cursor: page.next }, 200);
    },
  );

export const logRoutes = [
  listDeliveries,
  getDelivery,
  listAttempts('/subscriptions/{id}/logs', 'listAttempts'),
  listAttempts('/subscription/logs/{id}', 'listAttemptsByOldPath'),
];
