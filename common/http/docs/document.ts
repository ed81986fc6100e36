import { OpenAPIHono } from '@hono/zod-openapi';
import { invariant } from '../../base/errors.ts';
import { VERSION } from '../../base/version.ts';
import type { Route } from '../route.ts';

/** The part of a route that the document needs. */
export type Described = Pick<Route<never>, 'definition'>;
export type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

/** A route as Hono keeps it; `ALL` is middleware. */
interface RegisteredRoute {
  readonly method: string;
  readonly path: string;
}

const DESCRIPTION =
  'Hookline takes events by HTTP and alerts from files, keeps them in Kafka and delivers each as a ' +
  'signed webhook. Errors are problem details (RFC 9457) with a stable `type`; every answer has an ' +
  '`x-request-id`.';

const TAGS = [
  ['deliveries', 'Send events and alerts'],
  ['files', 'Files of alerts and the progress of each'],
  ['subscriptions', 'Targets, their event types and their signing secrets'],
  ['sources', 'Topics of yours whose records are events'],
  ['delivery log', 'Attempts and outcome of each delivery'],
  ['log', 'Topics of the log and their records'],
  ['dead letters', 'Deliveries that were given up, and putting them back'],
  ['replays', 'Deliver a part of the log again'],
  ['users', 'Erase the bodies of a user'],
  ['status', 'State of the whole system'],
  ['health', 'Health checks and metrics of a process'],
  ['documentation', 'The description of this API'],
] as const;

/**
 * OpenAPI 3.1 of the routes, from the schemas that also check the requests.
 *
 * @param isKeyNeeded whether API_KEYS is set
 * @returns plain data, ready to be sent as JSON
 */
export function openApiDocument(
  routes: readonly Described[],
  isKeyNeeded: boolean,
): OpenApiDocument {
  const { openAPIRegistry: registry, getOpenAPI31Document } = new OpenAPIHono();
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'One of the API_KEYS; not required when none are set',
  });
  for (const { definition } of routes) registry.registerPath(definition);
  const document = getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Hookline', version: VERSION, description: DESCRIPTION },
    servers: [{ url: '/' }],
    // Without keys a client may send one all the same, so that its code has a place for it.
    security: isKeyNeeded ? [{ bearer: [] }] : [{}, { bearer: [] }],
    tags: TAGS.map(([name, description]) => ({ name, description })),
  });
  return JSON.parse(JSON.stringify(document), forGenerators) as OpenApiDocument;
}

/**
 * A JSON reviver that says what generators of clients would otherwise guess: the width of a number,
 * which several take for 32 bits, and no default of null, which some cannot write down.
 */
function forGenerators(key: string, value: unknown): unknown {
  if (key === 'example' || value === null || typeof value !== 'object') return value;
  const schema = value as { type?: unknown; format?: string; default?: unknown };
  const types = [schema.type].flat();
  if (schema.default === null && types.includes('null')) delete schema.default;
  if (types.includes('integer')) schema.format ??= 'int64';
  if (types.includes('number')) schema.format ??= 'double';
  return schema;
}

/**
 * Checks that what is served and what is described are the same.
 *
 * @param pages paths of files for browsers, which are no API
 * @throws InvariantError naming each route that is only one of them
 */
export function checkDescribed(
  registered: readonly RegisteredRoute[],
  routes: readonly Described[],
  pages: readonly string[],
): void {
  const served = new Set(
    registered
      .filter(({ method, path }) => method !== 'ALL' && !pages.includes(path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
  );
  const described = new Set(
    routes.map(({ definition: { method, path } }) => `${method.toUpperCase()} ${path}`),
  );
  const differing = [...served.symmetricDifference(described)];
  invariant(differing.length === 0, `served or described, not both: ${differing.join(', ')}`);
}

/** One description of two processes behind one port; for what both have, the first one's counts. */
export function mergedDocument(first: OpenApiDocument, second: OpenApiDocument): OpenApiDocument {
  return {
    ...first,
    paths: { ...second.paths, ...first.paths },
    components: {
      ...first.components,
      schemas: { ...second.components?.schemas, ...first.components?.schemas },
    },
  };
}
