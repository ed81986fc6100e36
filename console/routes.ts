import { z } from 'zod';
import type { HttpApp } from '../common/http/app.ts';
import { parseBody } from '../common/http/body.ts';
import { HttpProblem } from '../common/http/problem.ts';
import { fileView, listFiles, systemStatus } from './status.ts';

const FilesQuery = z.strictObject({
  limit: z.coerce.number('a whole number').int().min(1).max(1_000).default(100),
});

/** `GET /status`, `GET /files`, `GET /files/:id`. */
export function addRoutes(app: HttpApp, parts: Parameters<typeof systemStatus>[0]): void {
  app.get('/status', (c) => c.json(systemStatus(parts, Date.now())));

  app.get('/files', (c) => {
    const { limit } = parseBody(FilesQuery, c.req.query());
    return c.json({ files: listFiles(parts, limit) });
  });

  app.get('/files/:id', (c) => {
    const id = c.req.param('id');
    const progress = parts.progress.get(id);
    if (!progress) throw new HttpProblem(404, `There is no file ${id}`);
    return c.json(fileView(progress, parts.attempts));
  });
}
