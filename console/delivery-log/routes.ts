import type { HttpApp } from '../../common/http/app.ts';
import { parseBody, refusedField } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { QUEUE_CURSOR } from '../unfinished/queue-cursor.ts';
import type { LogDatabase } from './database.ts';
import type { AttemptRow } from './attempt-row.ts';
import { DeliveriesQuery, LogsQuery } from './log-query.ts';
import type { DeliveryFinder } from './delivery-finder.ts';

interface Deps {
  readonly database: Pick<LogDatabase, 'select'>;
  readonly finder: DeliveryFinder;
  /** Whether there is or was such a subscription. */
  readonly isSubscription: (id: string) => boolean;
}

/** `GET /deliveries`, `GET /deliveries/:id`, `GET /subscriptions/:id/logs`. */
export function addLogRoutes(app: HttpApp, { database, finder, isSubscription }: Deps): void {
  app.get('/deliveries', async (c) => {
    const given = c.req.query();
    const query = parseBody(DeliveriesQuery, given);
    const { status, id, cursor } = query;
    const isQueue = status === 'queued' || status === 'waiting';
    if (cursor !== undefined && QUEUE_CURSOR.test(cursor) !== isQueue) {
      throw refusedField('cursor', given, 'nextCursor of a page with the same status');
    }
    if (id !== undefined) return c.json(await finder.pageOf(id, query));
    if (isQueue) return c.json(await finder.queuedPage(query, status));
    if (status === 'in_flight') return c.json(finder.inFlightPage(query));
    return c.json(finder.attemptedPage(query));
  });

  app.get('/deliveries/:id', async (c) => {
    const id = c.req.param('id');
    const { subscription } = parseBody(DeliveriesQuery.pick({ subscription: true }), c.req.query());
    const found = await finder.find(id, subscription);
    if (found.delivery === null) throw new HttpProblem(404, found.reason);
    return c.json({ ...found.delivery, attempts: found.attempts.map(attemptView).reverse() });
  });

  for (const path of ['/subscriptions/:id/logs', '/subscription/logs/:id']) {
    app.get(path, (c) => {
      const subscription = c.req.param('id') ?? '';
      const query = parseBody(LogsQuery, c.req.query());
      const found = database.select({ ...query, subscription, isLatestOnly: false });
      if (found.length === 0 && !isSubscription(subscription)) {
        throw new HttpProblem(404, `There is no subscription ${subscription}`);
      }
      const { rows, nextCursor } = pageOf(found, query.limit);
      return c.json({ attempts: rows.map(attemptView), nextCursor });
    });
  }
}

function attemptView(row: AttemptRow) {
  const { id, subscription, user, attempt, state, status, error, excerpt, topic } = row;
  const { partition, offset, due_at: dueAt } = row;
  return {
    ...{ id, subscription, user, attempt, state, status, error, excerpt },
    latencyMs: Math.round(row.latency_ms * 10) / 10,
    at: isoTime(row.at),
    nextAttemptAt: dueAt === null ? null : isoTime(dueAt),
    ...{ topic, partition, offset },
  };
}

/** @param found one row more than the page when there is a next one */
function pageOf(found: readonly AttemptRow[], limit: number) {
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const nextCursor = found.length > limit && last ? `${last.at}-${last.seq}` : null;
  return { rows, nextCursor };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
