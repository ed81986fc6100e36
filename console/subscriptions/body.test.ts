import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApiDocument } from '../../common/http/docs/document.ts';
import { subscriptionRoutes } from './routes.ts';
import { CreateBody, PatchBody, RotateBody } from './body.ts';

const { paths = {}, components } = openApiDocument(subscriptionRoutes, false);
const BODIES = [
  [paths['/subscriptions']?.post, CreateBody],
  [paths['/subscriptions/{id}']?.patch, PatchBody],
  [paths['/subscriptions/{id}/rotate-secret']?.post, RotateBody],
] as const;

for (const [operation, schema] of BODIES) {
  test(`what Swagger UI offers to send for ${operation?.operationId} is right as it is`, () => {
    assert.ok(operation?.requestBody && 'content' in operation.requestBody);
    const described = operation.requestBody.content['application/json']?.schema;
    const $ref = (described as { $ref?: string } | undefined)?.$ref ?? '';
    const shown = components?.schemas?.[$ref.split('/').at(-1) ?? ''];
    assert.ok(shown && 'example' in shown, 'it would be made of the examples of all fields');
    const { success, error } = schema.safeParse(shown.example);
    assert.ok(success, error?.message);
    assert.ok(!JSON.stringify(shown.example).includes('whsec_'), 'a secret that everybody knows');
  });
}

test('a header that belongs to the connection is refused, whichever version of HTTP it is of', () => {
  const target = { target_url: 'https://example.com/webhook' };
  const accepts = (name: string) =>
    CreateBody.safeParse({ ...target, headers: { [name]: 'x' } }).success;
  // Headers that Node refuses to send over HTTP/2, and headers that end or frame a request.
  for (const name of [
    'Connection',
    'keep-alive',
    'proxy-connection',
    'transfer-encoding',
    'upgrade',
    'HTTP2-Settings',
    'te',
  ]) {
    assert.ok(!accepts(name), name);
  }
  assert.ok(accepts('x-settings'));
});
