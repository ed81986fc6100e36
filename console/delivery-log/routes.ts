import type { HttpApp } from '../../common/http/app.ts';
import { parseBody } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { AttemptRow, LogDatabase } from './database.ts';
import { DeliveriesQuery, LogsQuery } from './decide/log-query.ts';

interface Deps {
  readonly database: LogDatabase;
  /** Whether there is or was such a subscription. */
  readonly isSubscription: (id: string) => boolean;
}

/** Attempts of one delivery that are shown: redrives and replays may make it any number. */
const ATTEMPTS_MAX = 500;

/** `GET /deliveries`, `GET /deliveries/:id`, `GET /subscriptions/:id/logs`. */
export function addLogRoutes(app: HttpApp, { database, isSubscription }: Deps): void {
  app.get('/deliveries', (c) => {
    const query = parseBody(DeliveriesQuery, c.req.query());
    const { rows, nextCursor } = pageOf(
      database.select({ ...query, isLatestOnly: true }),
      query.limit,
    );
    return c.json({ deliveries: rows.map(deliveryView), nextCursor });
  });

  app.get('/deliveries/:id', (c) => {
    const id = c.req.param('id');
    const { subscription } = parseBody(DeliveriesQuery.pick({ subscription: true }), c.req.query());
    const filter = { id, isLatestOnly: false, limit: ATTEMPTS_MAX };
    const rows = database.select({
      ...filter,
      ...(subscription !== undefined && { subscription }),
    });
    const [latest] = rows;
    if (!latest) throw new HttpProblem(404, `No attempt of a delivery ${id} is in the log`);
    return c.json({ ...deliveryView(latest), attempts: rows.map(attemptView).reverse() });
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

/** The last attempt of a delivery says where it stands. */
function deliveryView(row: AttemptRow) {
  const { id, subscription, user, state, status, error, attempt, at, due_at: dueAt } = row;
  return {
    ...{ id, subscription, user, state, status, error, attempt },
    lastAttemptAt: isoTime(at),
    nextAttemptAt: dueAt === null ? null : isoTime(dueAt),
  };
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
