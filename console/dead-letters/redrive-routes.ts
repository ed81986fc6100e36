import type { HttpApp } from '../../common/http/app.ts';
import { ALL_DEAD_LETTERS } from './redrive-filter.ts';
import type { Redriver } from './redriver.ts';

const ALL = { filter: ALL_DEAD_LETTERS, rate: null, isDryRun: false };

/** `POST /retry`: puts every dead letter back into delivery, and answers when that is done. */
export function addRedriveRoutes(app: HttpApp, redriver: Redriver): void {
  app.post('/retry', async (c) => {
    const { matched, redriven, skipped } = await redriver.run(ALL);
    return c.json({ matched, redriven, skipped }, 202);
  });
}
