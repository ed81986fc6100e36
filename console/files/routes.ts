import { idParam, json, keyProblems } from '../../common/http/describe.ts';
import { route } from '../../common/http/route.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { FileView } from '../status/schemas.ts';
import { cancelFile } from './cancel-file.ts';
import type { CancelDeps } from './cancel-file.ts';

/** Dependencies of the routes of files. */
export interface FileDeps extends CancelDeps {
  readonly viewOf: (progress: FileProgress) => FileView;
}

const cancel = route(
  {
    method: 'post',
    path: '/files/{id}/cancel',
    operationId: 'cancelFile',
    ...{ tags: ['files'], summary: 'Cancel what is left of a file' },
    description:
      'The file is not read further, and none of its rows that are not delivered yet is sent: they ' +
      'count as `cancelled`. Rows whose request is under way may still be delivered, and count so ' +
      'then. Dead letters stay. A file of which nothing is left stays as it is; until that is known, ' +
      'as long as the console still reads the log, the answer is a 503.',
    request: { params: idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X') },
    responses: {
      200: json('The file with its ledger', FileView),
      ...keyProblems(
        ...(['not-found', 'conflict', 'too-many-requests'] as const),
        ...(['broker-unavailable', 'service-unavailable'] as const),
      ),
    },
  },
  async (c, deps: FileDeps) => {
    const { progress, isNew } = await cancelFile(deps, c.req.valid('param').id);
    const file = deps.viewOf(progress);
    const { id, name, state, rows, cancelled } = file;
    if (isNew) deps.logger.info({ file: id, name, state, rows, cancelled }, 'file.cancelled');
    return c.json(file, 200);
  },
);

export const fileRoutes = [cancel];
