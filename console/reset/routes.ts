import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import { refusedField } from '../../common/http/body.ts';
import { json, jsonBody, keyProblems } from '../../common/http/describe.ts';
import { route } from '../../common/http/route.ts';
import { AppError } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { ResetTarget } from '../../common/kafka/admin/reset-offsets.ts';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import { orUnavailable } from '../../common/kafka/client/broker-connections.ts';
import { parseLogPosition } from '../query/log-position.ts';
import { planOf } from './plan.ts';
import type { PlanDeps } from './plan.ts';
import { runReset } from './run-reset.ts';
import { ResetBody, ResetPlan } from './schemas.ts';
import { resetView } from './view.ts';

/** Dependencies of the route of offset resets. */
export interface ResetRouteDeps extends Omit<PlanDeps, 'admin'> {
  readonly cursors: CursorStore;
  /** Topics that the delivery group reads. */
  readonly consumed: () => readonly string[];
  readonly logger: Logger;
}

const reset = route(
  {
    method: 'post',
    path: '/offsets/reset',
    operationId: 'resetOffsets',
    ...{ tags: ['replays'], summary: 'Move the offsets of stopped consumers' },
    description:
      'The consumers, or one endpoint, go on from there once they are started, and deliver again ' +
      'what lies behind it. Refused while consumers run, as their next commit would undo it; a dry ' +
      'run shows the plan even then.',
    request: { body: jsonBody(ResetBody) },
    responses: {
      200: json('What was changed, or with `dry_run` would be', ResetPlan),
      ...keyProblems(
        ...(['malformed-json', 'invalid-fields', 'payload-too-large', 'not-found'] as const),
        ...(['consumers-running', 'broker-unavailable'] as const),
      ),
    },
  },
  async (c, deps: ResetRouteDeps) => {
    const body = c.req.valid('json');
    const { to, topic, subscription, dry_run: isDryRun } = body;
    const topics = deps.consumed();
    if (topic !== null && !topics.includes(topic)) {
      throw refusedField('topic', body, `allowed: ${topics.join(' or ')}`);
    }
    const request = {
      target: parseLogPosition(to, Date.now()) as ResetTarget,
      topic,
      subscription,
    };
    const plan = await orUnavailable('Offsets cannot be reset', () =>
      withAdmin(deps.kafka, (admin) =>
        isDryRun ? planOf({ ...deps, admin }, request) : runReset({ ...deps, admin }, request),
      ),
    ).catch((error: unknown) => {
      const isOfTarget = error instanceof AppError && error.code === 'config_invalid';
      throw isOfTarget ? refusedField('to', body, error.message) : error;
    });
    if (!isDryRun) deps.logger.info({ to, topic, subscription }, 'offsets.reset');
    return c.json(resetView(plan, !isDryRun), 200);
  },
);

export const resetRoutes = [reset];
