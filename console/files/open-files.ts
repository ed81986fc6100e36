import { addRoutes } from '../../common/http/route.ts';
import type { HttpApp } from '../../common/http/http-env.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { StatusParts } from '../status/status.ts';
import { fileView } from '../status/status.ts';
import { fileRoutes } from './routes.ts';
import type { FileDeps } from './routes.ts';

interface Deps extends Omit<FileDeps, 'viewOf' | 'isLeft'> {
  readonly app: HttpApp;
  readonly status: StatusParts;
}

/** Adds the routes that change what becomes of a file. */
export function openFiles({ app, status, ...deps }: Deps): void {
  const viewOf = (progress: FileProgress) => fileView(progress, status);
  const isLeft = (progress: FileProgress) => {
    const { state, waiting, retrying } = viewOf(progress);
    return state === 'queued' || state === 'reading' || waiting + retrying > 0;
  };
  addRoutes(app, fileRoutes, { ...deps, viewOf, isLeft });
}
