import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginFailure } from './login-failure.ts';

const failure = (name: string, code?: string) =>
  Object.assign(new Error('said so'), { name, ...(code && { code }) });

for (const [title, error, says] of [
  ['a wrong password', failure('KafkaJSSASLAuthenticationError'), /KAFKA_SASL_PASSWORD=\(hidden\)/],
  [
    'an unknown authority',
    failure('KafkaJSConnectionError', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    /KAFKA_SSL_CA.*said so/,
  ],
  ['a refused certificate', failure('E', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), /SSL_CERT/],
  ['a port without TLS', failure('E', 'ERR_SSL_WRONG_VERSION_NUMBER'), /KAFKA_SSL=true/],
] as const) {
  test(`${title} is said by the setting, however deep it lies`, () => {
    const wrapped = new Error('tried 8 times', { cause: error });
    assert.match(loginFailure(wrapped)?.message ?? '', says);
    assert.match(loginFailure(error)?.message ?? '', /allowed: /);
  });
}

test('a broker that is away is no fault of the settings', () => {
  assert.equal(loginFailure(failure('KafkaJSConnectionError', 'ECONNREFUSED')), null);
});
