import { z } from 'zod';
import type { HttpApp } from '../common/http/app.ts';
import { createHttpApp } from '../common/http/app.ts';
import { limitBody, parseBody, readJson } from '../common/http/body.ts';
import { HttpProblem } from '../common/http/problem.ts';
import type { Logger } from '../common/base/logger.ts';
import type { Registry } from '../common/process/metrics.ts';
import { Mode } from './mode.ts';
import type { Stats } from './stats.ts';
import type { Kept } from './deliveries.ts';
import { addReceiverMetrics } from './metrics.ts';

/** POST routes that are not deliveries. */
export const CONTROL_POSTS: ReadonlySet<string> = new Set(['/mode', '/reset']);

const MODE_BYTES_MAX = 4_096;
const LIMIT_ALLOWED = { error: 'allowed: a whole number from 1 to 1000' };
const KeptQuery = z.object({
  limit: z.coerce
    .number(LIMIT_ALLOWED)
    .int(LIMIT_ALLOWED)
    .min(1, LIMIT_ALLOWED)
    .max(1_000, LIMIT_ALLOWED)
    .default(10),
});

export interface ControlDeps {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly stats: () => Stats;
  readonly mode: () => Mode;
  readonly setMode: (mode: Mode) => void;
  readonly reset: () => void;
  /** Newest first. */
  readonly kept: (limit: number) => Kept[];
}

/** The routes with which one looks at the receiver and changes its mode. No key is asked for. */
export function createControlApp(deps: ControlDeps): HttpApp {
  const { logger, registry } = deps;
  const app = createHttpApp({ logger, apiKeys: [], name: 'receiver', registry });
  addReceiverMetrics(registry, deps.stats);
  app.get('/stats', (c) => c.json(deps.stats()));
  app.get('/mode', (c) => c.json(deps.mode()));
  app.post('/mode', limitBody(MODE_BYTES_MAX), async (c) => {
    const mode = parseBody(Mode, await readJson(c));
    deps.setMode(mode);
    deps.logger.info({ mode }, 'mode.changed');
    return c.json(mode);
  });
  app.post('/reset', (c) => {
    deps.reset();
    return c.json(deps.stats());
  });
  app.get('/deliveries', (c) => {
    const { limit } = parseBody(KeptQuery, c.req.query());
    return c.json(deps.kept(limit).map((kept) => ({ ...kept, body: kept.body.toString() })));
  });
  // Every path takes deliveries, so that no path is unknown: only the method can be wrong.
  app.all('*', (c) => {
    throw new HttpProblem(
      405,
      `${c.req.method} ${c.req.path}: deliveries come with POST; ${ROUTES}`,
      {
        headers: { allow: 'POST' },
      },
    );
  });
  return app;
}

const ROUTES = 'GET goes to /stats, /mode, /deliveries, /metrics, /ping and /health/live';
