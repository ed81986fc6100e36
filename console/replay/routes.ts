import type { HttpApp } from '../../common/http/app.ts';
import { limitBody, parseBody, readJson, refusedField } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { AppError } from '../../common/base/errors.ts';
import { countReplay } from './count.ts';
import { ReplayBody, topicRule } from './replay-request.ts';
import { replayView } from './replay-state.ts';
import type { ReplayState } from './replay-state.ts';
import { cancelReplay, createReplay, loadReplay } from './store.ts';
import type { StoreDeps } from './store.ts';

const BODY_BYTES_MAX = 64 * 1024;
/** Each reads the log and writes to it; more at a time would only slow each other down. */
const RUNNING_MAX = 20;
const LISTED_MAX = 100;

/** `POST /replays`, `GET /replays`, `GET /replays/:id`, `DELETE /replays/:id`. */
export function addReplayRoutes(app: HttpApp, deps: StoreDeps): void {
  const { names, table, logger } = deps;

  app.post('/replays', limitBody(BODY_BYTES_MAX), async (c) => {
    const { dry_run: isDryRun, ...request } = parseBody(ReplayBody, await readJson(c));
    const rule = topicRule(request, names);
    if (rule !== null) throw refusedField('topic', request, rule);
    if (isDryRun) return c.json(await countReplay({ ...deps, signal: c.req.raw.signal }, request));
    const running = [...table.entries()].filter(([, { state }]) => state === 'running').length;
    if (running >= RUNNING_MAX) {
      throw new HttpProblem(409, `${running} replays run already; cancel one or wait for its end`);
    }
    const replay = await createReplay(deps, request, 'console');
    logger.info({ id: replay.id, ...request, offsets: replay.offsets }, 'replay.asked-for');
    return c.json(replayView(replay), 202, { location: `/replays/${replay.id}` });
  });

  app.get('/replays', (c) => {
    const newest = [...table.entries()].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, LISTED_MAX);
    return c.json({ replays: newest.map(([, replay]) => replayView(replay)) });
  });

  app.get('/replays/:id', async (c) => {
    const id = c.req.param('id');
    // Another console may have begun it a moment ago.
    return c.json(replayView(table.get(id) ?? (await found(loadReplay(deps, id)))));
  });

  app.delete('/replays/:id', async (c) => {
    const replay = await found(cancelReplay(deps, c.req.param('id')));
    logger.info({ id: replay.id, state: replay.state }, 'replay.cancelled');
    return c.json(replayView(replay));
  });
}

async function found(replay: Promise<ReplayState>): Promise<ReplayState> {
  return replay.catch((error: unknown) => {
    const isUnknown = error instanceof AppError && error.code === 'replay_unknown';
    throw isUnknown ? new HttpProblem(404, error.message) : error;
  });
}
