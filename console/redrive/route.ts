import type { HttpApp } from '../../common/http/app.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { ALL_DEAD_LETTERS } from './decide/judge.ts';
import { redrive } from './redrive.ts';
import type { RedriveDeps } from './redrive.ts';

/** `POST /retry`: puts every dead letter back into delivery, and answers when that is done. */
export function addRetry(app: HttpApp, deps: RedriveDeps): void {
  let isRunning = false;
  app.post('/retry', async (c) => {
    if (isRunning) throw new HttpProblem(409, 'A redrive is running', { code: 'redrive-running' });
    isRunning = true;
    try {
      const options = { filter: ALL_DEAD_LETTERS, rate: null, isDryRun: false };
      const { matched, redriven, skipped } = await redrive(deps, options);
      return c.json({ matched, redriven, skipped }, 202);
    } finally {
      isRunning = false;
    }
  });
}
