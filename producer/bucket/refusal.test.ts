import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf } from './refusal.ts';

/** An error as the SDK makes it of an answer; without a status there was none. */
const answer = (status: number | undefined, name: string) =>
  Object.assign(new Error('a reason'), { name, $metadata: { httpStatusCode: status } });

const refusals: readonly [title: string, error: Error, code: string | null][] = [
  ['an object that is gone', answer(404, 'NoSuchKey'), 'file_missing'],
  ['an object that is gone, asked by HEAD', answer(404, 'NotFound'), 'file_missing'],
  ['an object that was replaced', answer(412, 'PreconditionFailed'), 'object_changed'],
  ['a bucket that is gone', answer(404, 'NoSuchBucket'), 'object_refused'],
  ['an object in Glacier', answer(403, 'InvalidObjectState'), 'object_refused'],
  ['a key of KMS without the right', answer(403, 'AccessDenied'), 'object_refused'],
  ['a login that has expired', answer(400, 'ExpiredToken'), 'object_refused'],
  ['a bucket of another region', answer(301, 'PermanentRedirect'), 'object_refused'],
  ['no login at all', answer(undefined, 'CredentialsProviderError'), 'object_refused'],
  ['too many requests', answer(429, 'TooManyRequests'), null],
  ['a server that is slow to get a request', answer(400, 'RequestTimeout'), null],
  ['a server that is throttled', answer(503, 'SlowDown'), null],
  ['another request to the same key', answer(409, 'OperationAborted'), null],
  ['an error of the server', answer(500, 'InternalError'), null],
  ['a connection that breaks', answer(undefined, 'Error'), null],
  // The file of a web identity may be away, which says nothing about the object.
  ['a file of the login', Object.assign(new Error('x'), { code: 'ENOENT' }), null],
  ['a connection that is forbidden', Object.assign(new Error('x'), { code: 'EACCES' }), null],
];
for (const [title, error, code] of refusals) {
  test(`${title} ${code ? `is ${code}` : 'is tried again'}`, () => {
    assert.equal(refusalOf(error)?.code ?? null, code);
  });
}

test('a refusal says the reason that S3 gives', () => {
  const { message } = refusalOf(answer(403, 'InvalidObjectState')) ?? {};
  assert.equal(message, 'S3 refuses the object: InvalidObjectState: a reason');
});
