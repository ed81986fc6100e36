import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isConnectionLost, networkFailure } from './network-failure.ts';

const failed = (code: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { code, ...more });
const refused = (address: string) => failed('ECONNREFUSED', `connect ECONNREFUSED ${address}`);
const OPENSSL = '40FD:error:0A00010B:SSL routines:f:the reason:../deps/openssl/x.c:77:\n';

const rows: readonly (readonly [error: unknown, kind: string, text: string])[] = [
  [refused('10.0.0.1:80'), 'connection-refused', 'connect ECONNREFUSED 10.0.0.1:80'],
  [failed('ECONNRESET', 'read ECONNRESET'), 'connection-reset', 'read ECONNRESET'],
  [failed('UND_ERR_SOCKET', 'other side closed'), 'connection-reset', 'closed without an answer'],
  [failed('ENOTFOUND', 'getaddrinfo ENOTFOUND a'), 'dns', 'getaddrinfo ENOTFOUND a'],
  [failed('ERR_SSL_WRONG_VERSION_NUMBER', OPENSSL), 'tls', 'the target does not speak TLS'],
  [
    failed('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', OPENSSL, { reason: 'alert protocol version' }),
    'tls',
    'the TLS handshake failed (alert protocol version)',
  ],
  [failed('CERT_HAS_EXPIRED', 'certificate has expired; try x'), 'tls', 'certificate has expired'],
  [
    failed('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate; try --x'),
    'tls',
    'unable to verify the first certificate; to trust it, put its CA certificate (PEM) into a ' +
      'file and set DELIVERY_TLS_CA (or NODE_EXTRA_CA_CERTS) to the path',
  ],
  // One of several addresses: Node gives such an error no message.
  [
    Object.assign(new AggregateError([refused('127.0.0.1:80'), refused('::1:80')]), {
      code: 'ECONNREFUSED',
    }),
    'connection-refused',
    'connect ECONNREFUSED 127.0.0.1:80; connect ECONNREFUSED ::1:80',
  ],
  [new Error('something else'), 'network', 'something else'],
  ['no error at all', 'network', 'no error at all'],
];
for (const [error, kind, text] of rows) {
  test(`${kind}: ${text}`, () => assert.deepEqual(networkFailure(error), { kind, text }));
}

test('only what ends a connection counts as its loss', () => {
  for (const code of ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']) {
    assert.ok(isConnectionLost(failed(code, '')));
  }
  for (const code of ['ECONNREFUSED', 'UND_ERR_DESTROYED', 'UND_ERR_CONNECT_TIMEOUT', '']) {
    assert.ok(!isConnectionLost(failed(code, '')));
  }
});
