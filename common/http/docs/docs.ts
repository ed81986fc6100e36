import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { baseRoutes } from '../base-routes.ts';
import { json, problems } from '../describe.ts';
import { checkDescribed, openApiDocument } from './document.ts';
import type { Described, OpenApiDocument } from './document.ts';
import { PAGE_PATHS } from '../app.ts';
import type { HttpApp } from '../app.ts';
import { addRoutes, route } from '../route.ts';

const HERE = import.meta.dirname;
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const FILES = [
  ['/docs', join(HERE, 'index.html'), 'text/html; charset=utf-8'],
  ['/docs/start.js', join(HERE, 'start.js'), 'text/javascript; charset=utf-8'],
  ['/docs/swagger-ui.css', join(SWAGGER_UI, 'swagger-ui.css'), 'text/css; charset=utf-8'],
  [
    '/docs/swagger-ui-bundle.js',
    join(SWAGGER_UI, 'swagger-ui-bundle.js'),
    'text/javascript; charset=utf-8',
  ],
] as const;

const HEADERS = {
  'cache-control': 'no-cache',
  // Swagger UI styles its elements inline and has its pictures as data; nothing is from elsewhere.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** Files for browsers. */
const PAGES = [...PAGE_PATHS, ...FILES.map(([path]) => path)];
/** Paths that need no key, because none of them shows data. */
export const OPEN_PATHS = [...PAGES, '/openapi.json'];

/** `GET /openapi.json`, which shows no data and so needs no key. */
const description = route(
  {
    method: 'get',
    path: '/openapi.json',
    operationId: 'getDescription',
    ...{ tags: ['documentation'], security: [], summary: 'Get this API description' },
    responses: {
      200: json(
        'Description in OpenAPI 3.1',
        z.looseObject({ openapi: z.string() }).meta({ id: 'ApiDescription' }),
      ),
      ...problems('service-unavailable'),
    },
  },
  async (c, { document }: { readonly document: () => Promise<OpenApiDocument> }) =>
    c.json((await document()) as { openapi: string }, 200),
);

/** Routes that every described process serves besides its own. */
export const commonRoutes = [...baseRoutes, description];

/**
 * `GET /openapi.json`, and `GET /docs`: Swagger UI from its package. Comes after the routes that it
 * describes.
 *
 * @param complete adds what stands behind the same port
 * @throws InvariantError when a route of the app is not described, or the other way round
 */
export function addDocs(
  app: HttpApp,
  routes: readonly Described[],
  {
    isKeyNeeded,
    complete = (own) => Promise.resolve(own),
  }: {
    readonly isKeyNeeded: boolean;
    readonly complete?: (own: OpenApiDocument) => Promise<OpenApiDocument>;
  },
): void {
  const all = [...routes, ...commonRoutes];
  const own = openApiDocument(all, isKeyNeeded);
  addRoutes(app, [description], { document: () => complete(own) });
  for (const [path, file, contentType] of FILES) {
    // Read when asked for: few ask, and it is large.
    app.get(path, (c) =>
      c.body(readFileSync(file, 'utf8'), 200, { ...HEADERS, 'content-type': contentType }),
    );
  }
  checkDescribed(app.routes, all, PAGES);
}
