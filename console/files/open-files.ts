import { addRoutes } from '../../common/http/route.ts';
import type { HttpApp } from '../../common/http/http-env.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { fileView } from '../status/file-view.ts';
import { isAnythingLeft } from './is-left.ts';
import type { LeftDeps } from './is-left.ts';
import { fileRoutes } from './routes.ts';
import type { FileDeps } from './routes.ts';

interface Deps extends Omit<FileDeps, 'viewOf' | 'isLeft'>, LeftDeps {
  readonly app: HttpApp;
}

/** Adds the routes that change what becomes of a file. */
export function openFiles({ app, status, unfinished, ...deps }: Deps): void {
  const viewOf = (progress: FileProgress) => fileView(progress, status);
  const isLeft = (progress: FileProgress) => isAnythingLeft(progress, { status, unfinished });
  addRoutes(app, fileRoutes, { ...deps, viewOf, isLeft });
}
