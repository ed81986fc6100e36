import type { HttpApp } from '../../common/http/app.ts';
import { parseBody } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { FilesQuery } from './files-query.ts';
import { fileView, leftInInbox, listFiles, systemStatus } from './status.ts';

/** `GET /status`, `GET /files`, `GET /files/:id`. */
export function addRoutes(app: HttpApp, parts: Parameters<typeof systemStatus>[0]): void {
  app.get('/status', async (c) => {
    await parts.cluster.refresh();
    return c.json(systemStatus(parts, Date.now()));
  });

  app.get('/files', async (c) => {
    await parts.cluster.refresh();
    const { limit } = parseBody(FilesQuery, c.req.query());
    return c.json({ files: listFiles(parts, limit), ...leftInInbox(parts) });
  });

  app.get('/files/:id', async (c) => {
    await parts.cluster.refresh();
    const id = c.req.param('id');
    const progress = parts.progress.get(id);
    if (!progress) throw new HttpProblem(404, `There is no file ${id}`);
    return c.json(fileView(progress, parts));
  });
}
