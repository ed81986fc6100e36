import type { HttpApp } from '../../common/http/app.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { AppError } from '../../common/errors.ts';
import { refuseOtherSites } from '../same-site.ts';
import { ALL_DEAD_LETTERS } from './decide/judge.ts';
import { redrive } from './redrive.ts';
import type { RedriveDeps } from './redrive.ts';

const ALL = { filter: ALL_DEAD_LETTERS, rate: null, isDryRun: false };

/** `POST /retry`: puts every dead letter back into delivery, and answers when that is done. */
export function addRedriveRoutes(app: HttpApp, deps: RedriveDeps): void {
  let isRunning = false;
  app.post('/retry', refuseOtherSites, async (c) => {
    if (isRunning) throw new HttpProblem(409, 'A redrive is under way; ask again after it');
    isRunning = true;
    try {
      const { matched, redriven, skipped } = await redrive(deps, ALL);
      deps.logger.info({ matched, redriven, skipped }, 'redrive.done');
      return c.json({ matched, redriven, skipped }, 202);
    } catch (error) {
      if (error instanceof AppError && error.code === 'redrive_fenced') {
        throw new HttpProblem(409, error.message, { code: 'redrive-fenced' });
      }
      throw error;
    } finally {
      isRunning = false;
    }
  });
}
