import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { baseRoutes } from '../base-routes.ts';
import { checkDescribed, openApiDocument } from './document.ts';
import type { OpenApiDocument, RouteDefinition } from './document.ts';
import { PAGE_PATHS } from '../app.ts';
import type { HttpApp } from '../app.ts';

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

/**
 * `GET /openapi.json`, and `GET /docs`: Swagger UI from its package. Comes after the routes that it
 * describes.
 *
 * @param complete adds what stands behind the same port
 * @throws InvariantError when a route of the app is not described, or the other way round
 */
export function addDocs(
  app: HttpApp,
  definitions: readonly RouteDefinition[],
  {
    isKeyNeeded,
    complete = (own) => Promise.resolve(own),
  }: {
    readonly isKeyNeeded: boolean;
    readonly complete?: (own: OpenApiDocument) => Promise<OpenApiDocument>;
  },
): void {
  const all = [...definitions, ...baseRoutes];
  const own = openApiDocument(all, isKeyNeeded);
  app.get('/openapi.json', async (c) => c.json(await complete(own)));
  for (const [path, file, contentType] of FILES) {
    // Read when asked for: few ask, and it is large.
    app.get(path, (c) =>
      c.body(readFileSync(file, 'utf8'), 200, { ...HEADERS, 'content-type': contentType }),
    );
  }
  checkDescribed(app.routes, all, PAGES);
}
