import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commonRoutes } from '../../common/http/docs/docs.ts';
import { openApiDocument } from '../../common/http/docs/document.ts';
import { PROBLEMS } from '../../common/http/problem-types.ts';
import { consoleRoutes } from '../../console/routes.ts';
import { producerRoutes } from '../../producer/http/routes.ts';
import { shortApiTexts, shortSourceTexts } from './texts.ts';

const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

test('docs/api.md has every route', () => {
  const paths = [...producerRoutes, ...consoleRoutes, ...commonRoutes].map(
    ({ definition }) => definition.path,
  );
  assert.deepEqual(
    paths.filter((path) => !text.includes(`${path}\``)),
    [],
  );
});

test('docs/api.md has every problem as the code has it', () => {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, meaning }]) => `| ${status} | \`${code}\` | ${meaning} |`,
  );
  assert.deepEqual(
    rows.filter((row) => !text.includes(row)),
    [],
  );
});

test('docs/api.md has every figure of our own', () => {
  const files = globSync('{common,producer,consumer,console,receiver}/**/*.ts');
  const names = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/name: '(hookline_\w+)'/g)].map(([, name]) => name),
  );
  assert.ok(names.length > 20, names.join());
  assert.deepEqual(
    names.filter((name) => !text.includes(`\`${name}\``)),
    [],
  );
});

/** Every object within a value. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : [value as Record<string, unknown>];
  return [...own, ...Object.values(value).flatMap(objectsIn)];
}

test('the description leaves nothing for generators of clients to guess', () => {
  const routes = [...producerRoutes, ...consoleRoutes, ...commonRoutes];
  const { paths, components, security } = openApiDocument(routes, false);
  const schemas = objectsIn({ paths, components }).filter(({ type }) => type !== undefined);
  const typesOf = ({ type }: Record<string, unknown>) => [type].flat();
  const isNumber = (schema: Record<string, unknown>) =>
    typesOf(schema).some((type) => type === 'integer' || type === 'number');

  assert.ok(schemas.length > 200, `only ${schemas.length} schemas found`);
  assert.deepEqual(
    schemas.filter((schema) => typesOf(schema).filter((type) => type !== 'null').length > 1),
    [],
    'a choice of types',
  );
  assert.deepEqual(
    schemas.filter((schema) => schema['default'] === null),
    [],
  );
  assert.deepEqual(
    schemas.filter((schema) => isNumber(schema) && schema['format'] === undefined),
    [],
    'a number of no width',
  );
  assert.deepEqual(
    objectsIn({ paths, components }).filter((one) => 'allOf' in one),
    [],
  );
  assert.deepEqual(security, [{}, { bearer: [] }], 'there is a place for a key');

  const operationIds = routes.map(({ definition }) => definition.operationId ?? '');
  assert.ok(!operationIds.includes(''), 'an operation without a name');
  assert.equal(new Set(operationIds).size, operationIds.length);
});

/** Fields of the event notifications of S3, which AWS has named. */
const NAMED_BY_AWS = ['Records', 'Event', 'eventName'];

test('every field of requests and answers is snake_case', () => {
  const { paths, components } = openApiDocument(
    [...producerRoutes, ...consoleRoutes, ...commonRoutes],
    false,
  );
  const described = objectsIn({ paths, components });
  const fields = described.flatMap(({ properties }) => Object.keys(properties ?? {}));
  const parameters = described.flatMap((one) =>
    one['in'] === 'query' ? [String(one['name'])] : [],
  );
  assert.ok(fields.length > 150, `only ${fields.length} fields found`);
  assert.ok(parameters.length > 20, `only ${parameters.length} parameters found`);
  assert.deepEqual(
    [...fields, ...parameters].filter((name) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)),
    NAMED_BY_AWS,
  );
});

test('bodies of requests have a name, and every error is a problem', () => {
  const { paths = {} } = openApiDocument([...producerRoutes, ...consoleRoutes], false);
  const operations = Object.values(paths).flatMap((item) => Object.values(item ?? {}));
  const jsonOf = (part: unknown) =>
    (part as { content?: Record<string, { schema?: object }> } | undefined)?.content ?? {};
  const unnamed = operations.filter(({ requestBody }) => {
    const { schema = {} } = jsonOf(requestBody)['application/json'] ?? {};
    return 'properties' in schema;
  });
  assert.deepEqual(unnamed, []);
  const problems = operations.flatMap(({ responses }) =>
    Object.values(responses as object).flatMap(
      (answer) => jsonOf(answer)['application/problem+json']?.schema ?? [],
    ),
  );
  assert.ok(problems.length > 100);
  for (const schema of problems) assert.deepEqual(schema, { $ref: '#/components/schemas/Problem' });
});

test('every summary and description of the API has three words at least', () => {
  const routes = [...producerRoutes, ...consoleRoutes, ...commonRoutes];
  assert.deepEqual(shortApiTexts(openApiDocument(routes, true)), []);
});

test('every problem detail and every help text has three words at least', () => {
  const files = globSync('{common,producer,consumer,console,receiver,infra}/**/*.ts');
  const sources = files.filter((file) => !file.endsWith('.test.ts'));
  assert.ok(sources.length > 300, `only ${sources.length} files found`);
  assert.deepEqual(
    sources.flatMap((file) =>
      shortSourceTexts(readFileSync(file, 'utf8')).map((short) => `${file}: ${short}`),
    ),
    [],
  );
});

test('a text of two words is found, wherever it stands', () => {
  const operation = { summary: 'One file', responses: { 200: { description: 'It' } } };
  const properties = { id: { description: 'in seconds' }, name: { description: 'name of a file' } };
  const document = { paths: { '/files': { get: operation } }, components: { properties } };
  assert.deepEqual(shortApiTexts(document), [
    '/paths//files/get/summary: One file',
    '/paths//files/get/responses/200/description: It',
    '/components/properties/id/description: in seconds',
  ]);
  const example = { example: { description: 'mine' } };
  assert.deepEqual(shortApiTexts(example), []);
  const source = `
  summary: 'Copies.',
    fast: flag('how fast'),
    id: value('ID', 'whose id', text),
    all: list(
      'N',
      'up to',
    ),
    good: flag('copies all files'),
  throw new HttpProblem(404, 'Not here');
  throw new HttpProblem(404, \`\${what}: gone\`);
  `;
  assert.deepEqual(shortSourceTexts(source), [
    'Not here',
    'how fast',
    'whose id',
    'up to',
    'Copies.',
  ]);
});
