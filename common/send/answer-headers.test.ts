import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerHeaders, parseAnswerHeaders } from './answer-headers.ts';

test('headers of an answer are kept bounded, in whatever form they came, and without secrets', () => {
  const head =
    'HTTP/1.1 500 Oh\r\nServer: nginx\r\nset-cookie: a=b\r\nX-Api-Key:k\r\nvia: 1\nVia : 2\r\n\r\n';
  const kept = answerHeaders(head);
  assert.equal(kept, 'Server: nginx\nset-cookie: (hidden)\nX-Api-Key: (hidden)\nvia: 1\nVia: 2');
  assert.deepEqual(parseAnswerHeaders(kept ?? ''), {
    ...{ server: 'nginx', 'set-cookie': '(hidden)', 'x-api-key': '(hidden)', via: '1, 2' },
  });
  assert.equal(answerHeaders('HTTP/1.1 500 Oh\r\n\r\n'), undefined);
  assert.equal(answerHeaders(''), undefined);
  const many = Array.from({ length: 90 }, (_, n) => `h${n}: ${'x'.repeat(n)}`);
  assert.ok((answerHeaders(['HTTP/1.1 404', ...many].join('\r\n'))?.length ?? 0) <= 1_024);
  assert.deepEqual(parseAnswerHeaders('__proto__: 1\nno header'), JSON.parse('{"__proto__":"1"}'));
});

test('what the endpoint was sent is hidden when it comes back, and so is what opens a session', () => {
  const own = ['x-shop', 'hunter2', 'X-Other', 'hunter3'];
  for (const line of [
    ...['X-Shop: hunter2', 'x-other: hunter3', 'cookie: a=hunter2', 'x-auth-user: hunter2'],
    ...['x-db-password: hunter2', 'x-session-id: hunter2', 'proxy-authorization: Basic hunter2'],
    'location: https://me:hunter2@a.example/back?code=hunter2',
    'location: /back#access_token=hunter2',
  ]) {
    const kept = answerHeaders(`HTTP/1.1 302 Found\r\n${line}\r\n`, own);
    assert.match(kept ?? '', /hidden/, line);
    assert.doesNotMatch(kept ?? '', /hunter/, line);
  }
  const plain = answerHeaders('HTTP/1.1 302 Found\r\nlocation: https://a.example/back\r\n', own);
  assert.equal(plain, 'location: https://a.example/back');
});
