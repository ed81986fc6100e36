// Goal: what we send is what the official SDK of CloudEvents reads, with the body as it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP } from 'cloudevents';
import type { CloudEvent } from 'cloudevents';
import { asCloudEvent } from './cloud-events.ts';
import type { Event } from './cloud-events.ts';

const ID = '01M7YW2YGWB72GZY82SBQ6X97M-sub_01M7YW2WV4Y3XXTVDHXA0DBFFM';
const EVENT: Event = {
  ...{ id: ID, source: '/shop', type: 'order.paid', contentType: 'application/json' },
  body: Buffer.from('{"order":17}'),
};

/** Reads an event as a receiver does that uses the SDK. */
function read(event: Event, format: 'cloudevents-binary' | 'cloudevents-structured') {
  const { headers, contentType, body } = asCloudEvent(event, format);
  const byName: Record<string, string> = { 'content-type': contentType };
  for (let n = 0; n < headers.length; n += 2) byName[headers[n] ?? ''] = headers[n + 1] ?? '';
  const read = HTTP.toEvent({ headers: byName, body: body.toString() }) as CloudEvent<unknown>;
  read.validate();
  return { read, byName, text: body.toString() };
}

for (const format of ['cloudevents-binary', 'cloudevents-structured'] as const) {
  test(`the SDK reads ${format} with every attribute, and the data`, () => {
    const { id, source, type, specversion, time, datacontenttype, data } = read(EVENT, format).read;
    assert.deepEqual(
      { id, source, type, specversion, time, datacontenttype, data },
      {
        ...{ id: ID, source: '/shop', type: 'order.paid', specversion: '1.0' },
        ...{ time: '2026-11-21T10:57:57.788Z', datacontenttype: 'application/json' },
        data: { order: 17 },
      },
    );
  });

  test(`${format} has a type though the delivery has none, and no time that is not known`, () => {
    const { type, time } = read({ ...EVENT, id: 'msg 7', type: undefined }, format).read;
    assert.equal(type, 'hookline.delivery');
    // The SDK puts the present time where there is none.
    const { headers, body } = asCloudEvent({ ...EVENT, id: 'msg' }, format);
    assert.ok(!headers.includes('ce-time') && !body.includes('"time"'), time);
  });
}

test('a structured event holds its data as it stands, with each digit', () => {
  const body = Buffer.from('{"id":1152921506151679042, "price":1.10,"a":1,"a":2}');
  const { text } = read({ ...EVENT, body }, 'cloudevents-structured');
  assert.ok(text.endsWith(`,"data":${body.toString()}}`), text);
});

test('what is no JSON, or not UTF-8, goes in base64', () => {
  for (const [contentType, body] of [
    ['text/plain', Buffer.from('{"a":1}')],
    ['application/json', Buffer.from('no JSON')],
    ['application/json', Buffer.from([0x22, 0xff, 0x22])],
    ['application/json', Buffer.from('\ufeff{}')],
    ['application/octet-stream', Buffer.alloc(0)],
  ] as const) {
    const written = asCloudEvent({ ...EVENT, contentType, body }, 'cloudevents-structured');
    const { data_base64, datacontenttype, data } = JSON.parse(written.body.toString());
    assert.deepEqual(
      [data_base64, datacontenttype, data],
      [body.toString('base64'), contentType, undefined],
    );
  }
  const vendor = { ...EVENT, contentType: 'application/vnd.shop+json; charset=utf-8' };
  assert.deepEqual(read(vendor, 'cloudevents-structured').read.data, { order: 17 });
});

test('a binary event keeps body and content type, and escapes what no header may hold', () => {
  const odd = { ...EVENT, type: 'a "b" 50%\tc', contentType: 'text/plain', body: Buffer.from('x') };
  const { headers, body, contentType } = asCloudEvent(odd, 'cloudevents-binary');
  assert.deepEqual([body.toString(), contentType], ['x', 'text/plain']);
  assert.equal(headers[headers.indexOf('ce-type') + 1], 'a%20%22b%22%2050%25%09c');
});
