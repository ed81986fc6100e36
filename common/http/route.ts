import type { RouteConfig, RouteHandler } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { z } from 'zod';
import { limitBody, parseBody, readJson } from './body.ts';
import type { HttpApp, HttpEnv } from './http-env.ts';

/** Description of a route, as the OpenAPI library reads it. */
export type RouteDefinition = RouteConfig;

/** A route: its description, and the way to serve it. */
export interface Route<Deps> {
  readonly definition: RouteDefinition;
  readonly add: (app: HttpApp, deps: Deps) => void;
}

interface BodyOptions<Deps> {
  /**
   * Largest body in bytes; a larger body gets a 413. By default 64 KiB where a body is declared,
   * and no limit where the handler reads the body.
   */
  readonly bodyBytesMax?: number | ((deps: Deps) => number);
  /** The handler reads the body itself, because it needs the text, the bytes or the stream. */
  readonly readsBody?: true;
}

/** The declared route as its handler sees it: with `readsBody` no body is read and checked. */
type Handled<R extends RouteConfig> = R extends {
  readonly readsBody: true;
  readonly request: infer Request;
}
  ? Omit<R, 'request'> & { readonly request: Omit<Request, 'body'> }
  : R;
type HandlerOf<R extends RouteConfig> = RouteHandler<R, HttpEnv>;

const BODY_BYTES_MAX = 64 * 1024;

/**
 * Declares a route together with its handler. The schemas of the description check the request:
 * `c.req.valid('query')`, `'param'`, `'header'` and `'json'` give what they make of it. The type of
 * the answer follows from the response schemas.
 *
 * `app.openapi` of the library does not suit. It goes by the content type, so that `curl -d` would
 * be refused; it accepts bytes that are not UTF-8; and it cannot leave the body to the handler.
 *
 * @param handle what it needs of the process comes as `deps`, so that the description needs none
 */
export function route<R extends RouteConfig, Deps = unknown>(
  config: R & BodyOptions<Deps>,
  handle: (
    c: Parameters<HandlerOf<Handled<R>>>[0],
    deps: Deps,
  ) => ReturnType<HandlerOf<Handled<R>>>,
): Route<Deps> {
  const { bodyBytesMax, readsBody = false, ...definition } = config;
  const { method, path, request = {} } = definition as RouteConfig;
  const limitBytes = bodyBytesMax ?? (request.body && !readsBody ? BODY_BYTES_MAX : undefined);
  const add = (app: HttpApp, deps: Deps) => {
    const bytesMax = typeof limitBytes === 'function' ? limitBytes(deps) : limitBytes;
    const limits = bytesMax === undefined ? [] : [limitBody(bytesMax)];
    app.on(method, [path.replaceAll(/\{(\w+)\}/g, ':$1')], ...limits, async (c) => {
      await checkRequest(c, readsBody ? { ...request, body: undefined } : request);
      return (await handle(c as never, deps)) as Response;
    });
  };
  return { definition: definition as RouteDefinition, add };
}

/** Serves routes. */
export function addRoutes<Deps>(app: HttpApp, routes: readonly Route<Deps>[], deps: Deps): void {
  for (const { add } of routes) add(app, deps);
}

type RequestParts = { [Part in keyof NonNullable<RouteConfig['request']>]?: unknown };

/**
 * Checks the declared parts of a request.
 *
 * @throws HttpProblem 400
 */
async function checkRequest(c: Context<HttpEnv>, declared: RequestParts): Promise<void> {
  const { params, query, headers, body } = declared as Partial<Record<string, z.ZodObject>>;
  if (params) c.req.addValidatedData('param', c.req.param());
  if (query) c.req.addValidatedData('query', parseBody(query, c.req.query()));
  if (headers) {
    const given = Object.keys(headers.shape).map((name) => [name, c.req.header(name)]);
    c.req.addValidatedData('header', parseBody(headers, Object.fromEntries(given)));
  }
  if (body) c.req.addValidatedData('json', await readBody(c, body as unknown as DeclaredBody));
}

interface DeclaredBody {
  readonly required?: boolean;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType<object> }>>;
}

/** Reads a body as JSON. An absent body that is not required counts as an empty object. */
async function readBody(c: Context, { required, content }: DeclaredBody): Promise<object> {
  const isAbsent = required !== true && (await c.req.arrayBuffer()).byteLength === 0;
  const schema = content['application/json']?.schema;
  const value = isAbsent ? {} : await readJson(c);
  return schema ? parseBody(schema, value) : {};
}
