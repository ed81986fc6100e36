// Goal: what is signed is what is sent, whatever form the body has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signingKey, verify } from '../security/signature.ts';
import { deliveryContent } from './delivery-headers.ts';

const KEY = signingKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
const NOW_MS = 1_800_000_000_000;

for (const [format, contentType, body] of [
  [null, 'text/plain', '{"data":{"a":1}}'],
  ['slack', 'application/json', '{"text":"*shop.paid*\\n• a: 1"}'],
  ['cloudevents-binary', 'text/plain', '{"data":{"a":1}}'],
] as const) {
  test(`a body in the format ${format} goes as ${contentType}, and its signature is right`, () => {
    const headers = { 'event-type': 'shop.paid', 'content-type': 'text/plain' };
    const given = {
      id: 'msg',
      attempt: 1,
      record: { headers },
      body: Buffer.from('{"data":{"a":1}}'),
    };
    const bodyForm = format && { format, source: '/shop' };
    const sending = { origin: 'http://a', path: '/', headers: [], bodyForm };
    const settings = { ...sending, keys: [{ keys: [KEY], untilMs: Infinity }] };
    const sent = deliveryContent(given, settings, 'test', NOW_MS);
    const valueOf = (name: string) => sent.headers[sent.headers.indexOf(name) + 1];
    assert.deepEqual([valueOf('content-type'), sent.body.toString()], [contentType, body]);
    const parts = {
      ...{ id: 'msg', timestamp: valueOf('webhook-timestamp'), body: sent.body },
      signature: valueOf('webhook-signature'),
    };
    assert.equal(verify([KEY], parts, NOW_MS), null);
  });
}
