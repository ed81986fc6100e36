import { z } from 'zod';
import { json, keyProblems } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import { ENDINGS_TEXT } from '../file/file-kinds.ts';
import { FILES_MAX, storeAll, take } from './store-upload.ts';
import type { UploadDeps } from './store-upload.ts';

const RETRY_AFTER_S = '5';

const UploadedFile = z.object({ id: z.string(), name: z.string() }).meta({ id: 'UploadedFile' });
const UploadAccepted = z.object({ files: z.array(UploadedFile) }).meta({ id: 'UploadAccepted' });

/**
 * Takes files as `multipart/form-data`, field `file`, and streams them to the disk. They are put
 * into `processing/` under ids of their own, as if claimed, so the answer's ids are the real ones
 * and the watcher has no part in it.
 */
export const upload = route(
  {
    readsBody: true,
    method: 'post',
    path: '/upload',
    operationId: 'upload',
    tags: ['files'],
    summary: 'Upload files of alerts (CSV); all files are taken, or none',
    request: {
      body: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: z
              .object({
                file: z
                  .array(z.string().meta({ format: 'binary' }))
                  .min(1)
                  .max(FILES_MAX)
                  .describe(`files whose names end with ${ENDINGS_TEXT}`),
              })
              .meta({ id: 'UploadRequest' }),
          },
        },
      },
    },
    responses: {
      202: json('The files are stored and will be read', UploadAccepted),
      ...keyProblems(
        ...(['bad-request', 'payload-too-large', 'unsupported-media-type', 'lag'] as const),
        'insufficient-storage',
      ),
    },
  },
  async (c, deps: UploadDeps) => {
    if (!deps.isAdmitting()) {
      throw new HttpProblem(429, 'Too many records wait for delivery (MAX_LAG); try again later', {
        code: 'lag',
        headers: { 'retry-after': RETRY_AFTER_S },
      });
    }
    const contentType = c.req.header('content-type') ?? '';
    if (!/^multipart\/form-data;.*boundary=/i.test(contentType)) {
      throw new HttpProblem(415, 'The body must be multipart/form-data with files in `file`');
    }
    // Node's own stream: through Hono's, a gigabyte costs more memory and time.
    const stored = await storeAll(c.env.incoming, { 'content-type': contentType }, deps);
    const files = [];
    // One after the other, so that files are read in the order in which they were sent.
    for (const file of stored) files.push(await take(file, deps));
    return c.json({ files }, 202);
  },
);
