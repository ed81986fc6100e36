import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonBytes } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { BatchLine, EventBody, SendBody } from './requests.ts';
import { parseDelivery } from './parse-delivery.ts';

const source = (text: string | Buffer) => parseJsonBytes(Buffer.from(text as string));
const send = (text: string) => parseDelivery(SendBody, source(text));

for (const data of [
  '1152921506151679042',
  '1.10',
  '-0',
  '1e400',
  '"\\u0041\\/"',
  '{"b":1,"2":0,"1":{"a":1,"a":2}}',
  '[ 1.0 ,\t[] ]',
  'true',
  '['.repeat(100_000) + ']'.repeat(100_000),
]) {
  test(`the body is ${data.slice(0, 100)}, exactly`, () => {
    assert.equal(send(`\n{ "data" :\t${data}\r, "user_id":"u" }`).body, data);
  });
}

const twice: readonly [
  schema: typeof SendBody | typeof BatchLine | typeof EventBody,
  string,
  string,
][] = [
  [SendBody, '{"user_id":"u","data":1,"data":2}', 'data'],
  [SendBody, '{"user_id":"u","data":1,"d\\u0061ta":1}', 'data'],
  [SendBody, '{"user_id":"u","data":1,"user_id":"v"}', 'user_id'],
  [BatchLine, '{"id":"1","user_id":"u","data":1,"id":"1"}', 'id'],
  [EventBody, '{"type":"a","data":1,"type":"b"}', 'type'],
];
for (const [schema, text, field] of twice) {
  test(`${text} is refused, as one of the two would be lost`, () => {
    assert.throws(
      () => parseDelivery(schema as typeof SendBody, source(text)),
      (error) => {
        assert.ok(error instanceof HttpProblem);
        const { status, detail, errors } = error.toJSON() as {
          status: number;
          detail: string;
          errors: { field: string }[];
        };
        assert.deepEqual([status, detail, errors[0]?.field], [400, `${field}: given once`, field]);
        return true;
      },
    );
  });
}

test('half a surrogate pair is no user id, but may be data', () => {
  assert.throws(() => send('{"user_id":"\\ud800","data":1}'), /user_id: 1 to 200 characters/);
  assert.equal(send('{"user_id":"u","data":"\\ud800"}').body, '"\\ud800"');
});

test('bytes that are not UTF-8 are refused, and never replaced', () => {
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98]]) {
    const body = Buffer.concat([Buffer.from('"'), Buffer.from(bytes), Buffer.from('"')]);
    assert.throws(() => source(body), /The body is not UTF-8/);
  }
  assert.equal(source('"\ufffd"').value, '\ufffd');
});
