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

test('a client of OAuth 2.0 is whole, and what a server could misread is refused', () => {
  const client = { token_url: 'https://auth/token', client_id: 'me', client_secret: 'a b' };
  const accepts = (oauth2: unknown) => PatchBody.safeParse({ oauth2 }).success;
  assert.ok(accepts(client));
  assert.ok(accepts({ ...client, scope: 'read write:all', audience: 'https://api/' }));
  assert.ok(accepts(null), 'which takes it away');
  const { client_secret: _secret, ...incomplete } = client;
  for (const wrong of [
    incomplete,
    { ...client, token_url: 'ftp://auth/token' },
    { ...client, token_url: 'https://me:secret@auth/token' },
    { ...client, client_id: '' },
    { ...client, client_secret: 'é' },
    { ...client, client_secret: 'sealed:v1:abc' },
    { ...client, scope: 'two  spaces' },
    { ...client, grant_type: 'password' },
  ]) {
    assert.ok(!accepts(wrong), JSON.stringify(wrong));
  }
});
