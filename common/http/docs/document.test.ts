import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { json, problems } from '../describe.ts';
import { route as declare } from '../route.ts';
import { checkDescribed, mergedDocument, openApiDocument } from './document.ts';

const route = (method: 'get' | 'post', path: string) =>
  declare({ method, path, responses: { 200: json('It', z.object({})), ...problems('lag') } }, (c) =>
    c.json({}, 200),
  );
const FILE = route('get', '/files/{id}');
const SEND = route('post', '/send');
const registered = [
  { method: 'ALL', path: '/*' },
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/files/:id' },
  { method: 'POST', path: '/send' },
];

test('routes that are all described pass, and pages need no description', () => {
  checkDescribed(registered, [FILE, SEND], ['/']);
});

test('a route that nobody described is refused by name', () => {
  assert.throws(() => checkDescribed(registered, [FILE], ['/']), /not both: POST \/send/);
});

test('a description of what is not served is refused by name', () => {
  const gone = route('get', '/gone');
  assert.throws(() => checkDescribed(registered, [FILE, SEND, gone], ['/']), /: GET \/gone/);
});

test('a path that is served with another method than described is refused', () => {
  const other = [FILE, route('get', '/send')];
  assert.throws(() => checkDescribed(registered, other, ['/']), /POST \/send, GET \/send/);
});

test('a key is asked for in the description when there is one', () => {
  assert.deepEqual(openApiDocument([SEND], true).security, [{ bearer: [] }]);
  assert.deepEqual(openApiDocument([SEND], false).security, [{}, { bearer: [] }]);
});

test('an error says its types, and a 429 when to come back', () => {
  const responses = openApiDocument([SEND], false).paths?.['/send']?.post?.responses;
  const text = JSON.stringify(responses?.['429']);
  assert.match(text, /"x-problem-types":\["urn:hookline:problem:lag"\]/);
  assert.match(text, /retry-after/);
});

test('of two processes behind one port, both are described', () => {
  const merged = mergedDocument(openApiDocument([SEND], true), openApiDocument([FILE], true));
  assert.deepEqual(Object.keys(merged.paths ?? {}).sort(), ['/files/{id}', '/send']);
  assert.ok(merged.components?.schemas?.['Problem']);
});
