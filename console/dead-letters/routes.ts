import type { HttpApp } from '../../common/http/app.ts';
import { limitBody, parseBody, readJson } from '../../common/http/body.ts';
import type { Redriver } from './redriver.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { DeadLettersQuery, RedriveBody, toListFilter, toRedriveFilter } from './requests.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { DeadLetterView } from './view.ts';

interface Deps {
  readonly view: DeadLetterView;
  readonly redriver: Redriver;
}

const BODY_BYTES_MAX = 1024 ** 2;

/** `GET /dead-letters`, `POST /dead-letters/redrive`. */
export function addDeadLetterRoutes(app: HttpApp, { view, redriver }: Deps): void {
  app.get('/dead-letters', (c) => {
    const query = parseBody(DeadLettersQuery, c.req.query());
    const { cursor, limit } = query;
    const after = cursor === undefined ? null : parseCursor(cursor);
    // One more than asked for tells whether there is another page.
    const found = view.list(toListFilter(query, Date.now()), after, limit + 1);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    const nextCursor = last ? formatCursor([last.diedAt, last.partition, last.offset]) : null;
    return c.json({ deadLetters: page.map(shown), nextCursor });
  });

  app.post('/dead-letters/redrive', limitBody(BODY_BYTES_MAX), async (c) => {
    const body = parseBody(RedriveBody, await readJson(c));
    const { rate, dry_run: isDryRun } = body;
    const options = { filter: toRedriveFilter(body, Date.now()), rate, isDryRun };
    if (isDryRun) {
      const { matched, skipped, failures } = await redriver.count(options);
      return c.json({ matched, skipped, failures });
    }
    if (rate === null) {
      const { matched, redriven, skipped } = await redriver.run(options);
      return c.json({ matched, redriven, skipped, state: 'done' }, 202);
    }
    // At a rate it may take for hours: nobody waits for that with a request open.
    const { matched, skipped } = await redriver.runInBackground(options);
    return c.json({ matched, redriven: 0, skipped, state: 'running' }, 202);
  });
}

function shown({ diedAt, ...deadLetter }: DeadLetter) {
  return { ...deadLetter, diedAt: new Date(diedAt).toISOString() };
}
