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
