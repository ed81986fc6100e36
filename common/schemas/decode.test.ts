// Goal: a payload becomes the JSON that its schema says, with no digit lost; one that does not fit
// is an error.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';
import { decoderOf } from './decode.ts';
import type { StoredSchema } from './schema.ts';

const bytes = (...parts: (number | string | Buffer)[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))),
  );

function float(value: number): Buffer {
  const written = Buffer.alloc(4);
  written.writeFloatLE(value);
  return written;
}

const avro = (fields: object[], references: string[] = []): StoredSchema => ({
  type: 'AVRO',
  text: JSON.stringify({ type: 'record', name: 'R', namespace: 'shop', fields }),
  references: references.map((text) => ({ name: 'one', text })),
});

const AVRO_CASES: [of: string, type: unknown, payload: Buffer, json: string][] = [
  // 2^53 + 1 as zigzag: its digits would be others as a number of JavaScript.
  [
    'a long beyond 2^53',
    'long',
    bytes(0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20),
    '9007199254740993',
  ],
  [
    'a time, which stays a number',
    { type: 'long', logicalType: 'timestamp-millis' },
    bytes(0xd0, 0x0f),
    '1000',
  ],
  ['bytes', 'bytes', bytes(4, 'hi'), '"aGk="'],
  ['a union', ['null', 'string'], bytes(2, 2, 'x'), '"x"'],
  ['a union with nothing in it', ['null', 'string'], bytes(0), 'null'],
  ['a union of numbers', ['int', 'float'], bytes(2, float(1.5)), '1.5'],
  [
    'a union of lists',
    ['null', { type: 'array', items: ['null', 'long'] }],
    bytes(2, 4, 0, 2, 2, 0),
    '[null,1]',
  ],
  ['a number that JSON does not have', 'float', float(NaN), '"NaN"'],
  [
    'a decimal',
    { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
    bytes(4, 0xff, 0x38),
    '"-2.00"',
  ],
  ['a map', { type: 'map', values: 'int' }, bytes(2, 2, 'a', 6, 0), '{"a":3}'],
  [
    'a key that JavaScript takes for a prototype',
    { type: 'map', values: 'int' },
    bytes(2, 18, '__proto__', 6, 0),
    '{"__proto__":3}',
  ],
  [
    'a list in two blocks, one with its size',
    { type: 'array', items: 'int' },
    bytes(1, 2, 2, 2, 4, 0),
    '[1,2]',
  ],
  ['an enum', { type: 'enum', name: 'E', symbols: ['A', 'B'] }, bytes(2), '"B"'],
];

for (const [of, type, payload, json] of AVRO_CASES) {
  test(`Avro: ${of}`, async () => {
    const decode = await decoderOf(avro([{ name: 'f', type }]));
    assert.equal(decode(payload), `{"f":${json}}`);
  });
}

test('Avro: a type of another schema is found by its name', async () => {
  const fixed = '{"type":"fixed","name":"Code","namespace":"shop","size":2}';
  const decode = await decoderOf(avro([{ name: 'code', type: 'shop.Code' }], [fixed]));
  assert.equal(decode(bytes('ab')), '{"code":"YWI="}');
});

test('Avro: a payload that ends too early, or goes on, is an error, and so is a schema that is none', async () => {
  const decode = await decoderOf(avro([{ name: 'f', type: 'string' }]));
  for (const payload of [bytes(10, 'ab'), bytes(2, 'ab'), bytes()]) {
    assert.throws(() => decode(payload), payload.toString('hex'));
  }
  await assert.rejects(decoderOf({ type: 'AVRO', text: '{"type":"rekord"}', references: [] }));
});

test('Avro: defaults, which nobody needs to read a value, are not looked at', async () => {
  const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 };
  const fields = [
    { name: 'total', type: decimal, default: '\u0000' },
    { name: 'note', type: ['string', 'null'], default: null },
  ];
  const decode = await decoderOf(avro(fields));
  assert.equal(decode(bytes(2, 5, 2)), '{"total":"0.05","note":null}');
});

test('Avro: a count that the bytes do not hold is an error at once', async () => {
  for (const [items, message] of [
    ['string', /truncated buffer/],
    ['null', /more than 5000000 items/],
  ] as const) {
    const decode = await decoderOf(avro([{ name: 'f', type: { type: 'array', items } }]));
    // 100,000,000 of them.
    assert.throws(() => decode(bytes(0x80, 0x84, 0xaf, 0x5f)), message);
  }
});

const PROTO = `
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/field_mask.proto";
import "money.proto";
message Order {
  int64 order_id = 1;
  google.protobuf.Timestamp paid_at = 2;
  enum State { OPEN = 0; PAID = 1; }
  State state = 3;
  bytes raw = 4;
  message Line { string sku = 1; }
  repeated Line lines = 5;
  map<string, int64> counts = 6;
  double weight = 7;
  google.protobuf.StringValue note = 8;
  google.protobuf.Int64Value limit = 9;
  google.protobuf.Struct extra = 10;
  google.protobuf.Duration took = 11;
  money.Amount total = 12;
  google.protobuf.FieldMask changed = 13;
}
message Refund { string reason = 1; }
`;
const MONEY = 'syntax = "proto3"; package money; message Amount { uint64 cents = 1; }';
const ORDERS: StoredSchema = {
  ...{ type: 'PROTOBUF', text: PROTO },
  references: [{ name: 'money.proto', text: MONEY }],
};

function shopRoot(): protobuf.Root {
  const root = new protobuf.Root();
  protobuf.parse(PROTO, root);
  protobuf.parse(MONEY, root);
  for (const [name, known] of Object.entries(protobuf.common)) {
    if (name.endsWith('.proto')) root.addJSON((known as { nested: never }).nested);
  }
  return root.resolveAll() as protobuf.Root;
}

/** Writes a message by the definition that is read, with its path in front. */
function message(type: string, content: object, ...path: number[]): Buffer {
  const found = shopRoot().lookupType(`shop.v1.${type}`);
  return bytes(...path, Buffer.from(found.encode(found.create(content as never)).finish()));
}

/** The file of a package as some serializers register it: as bytes, in base64. */
function serialized(name: string): string {
  const { file } = shopRoot().toDescriptor('proto3');
  const found = file.find((one) => one.package === name) ?? assert.fail(name);
  const { FileDescriptorProto } = descriptor;
  return Buffer.from(FileDescriptorProto.encode(found).finish()).toString('base64');
}

for (const [as, schema] of [
  ['text', () => ORDERS],
  [
    'bytes',
    (): StoredSchema => ({
      ...{ type: 'PROTOBUF', text: serialized('shop.v1') },
      references: [{ name: 'money.proto', text: serialized('money') }],
    }),
  ],
] as const) {
  test(`Protobuf, registered as ${as}: JSON is that of Protobuf's own rules`, async () => {
    const long = (digits: string) =>
      (protobuf.util.Long as unknown as { fromString(text: string): unknown }).fromString(digits);
    const content = {
      orderId: long('9007199254740993'),
      paidAt: { seconds: 1_700_000_000, nanos: 120_000_000 },
      ...{ state: 1, raw: Buffer.from('hi'), lines: [{ sku: 'a' }, {}] },
      ...{ counts: { x: long('-1') }, weight: Infinity },
      ...{ note: { value: '' }, limit: { value: long('0') } },
      extra: {
        fields: {
          a: { numberValue: 1.5 },
          b: { nullValue: 0 },
          c: { listValue: { values: [{ stringValue: 'q' }, { boolValue: false }] } },
        },
      },
      ...{ took: { seconds: -3, nanos: -500_000_000 }, total: { cents: long('250') } },
      changed: { paths: ['order_id', 'total.cents'] },
    };
    const decode = await decoderOf(schema());
    assert.deepEqual(JSON.parse(decode(message('Order', content, 0))), {
      ...{ orderId: '9007199254740993', paidAt: '2023-11-14T22:13:20.120Z', state: 'PAID' },
      ...{ raw: 'aGk=', lines: [{ sku: 'a' }, {}], counts: { x: '-1' }, weight: 'Infinity' },
      ...{ note: '', limit: '0', extra: { a: 1.5, b: null, c: ['q', false] }, took: '-3.500s' },
      ...{ total: { cents: '250' }, changed: 'orderId,total.cents' },
    });
  });
}

test('Protobuf: the path before it says which message of the file a payload is', async () => {
  const decode = await decoderOf(ORDERS);
  assert.equal(decode(message('Refund', { reason: 'broken' }, 2, 2)), '{"reason":"broken"}');
  assert.equal(decode(message('Order.Line', { sku: 'a' }, 4, 0, 0)), '{"sku":"a"}');
  assert.equal(decode(message('Order', { orderId: 7 }, 2, 0)), '{"orderId":"7"}');
  assert.equal(decode(bytes(0)), '{}', 'the first, with nothing in it');
});

test('Protobuf: a path that leads nowhere, and a message that is cut off, are errors', async () => {
  const decode = await decoderOf(ORDERS);
  assert.throws(() => decode(bytes(2, 20)), /its schema has no message 10/);
  assert.throws(() => decode(bytes(0x80)), /cut off where it names its message/);
  assert.throws(() => decode(bytes(1)), /-1 levels deep/);
  assert.throws(() => decode(bytes(0, 0x22, 50, 1)));
  await assert.rejects(decoderOf({ ...ORDERS, references: [] }), 'what it uses is not there');
  await assert.rejects(decoderOf({ ...ORDERS, text: 'message {' }));
});

test('JSON is sent as it was written, and what is none is an error', async () => {
  const decode = await decoderOf({ type: 'JSON', text: '{"type":"object"}', references: [] });
  assert.equal(decode(bytes('{"id": 9007199254740993}')), '{"id": 9007199254740993}');
  assert.throws(() => decode(bytes('{"id":')), /no JSON/);
  assert.throws(() => decode(bytes('"', 0xff, '"')), /no JSON/);
});

test('Protobuf: files that everybody has need no reference, and options of fields no meaning', async () => {
  const text = `
    syntax = "proto3";
    import "google/protobuf/descriptor.proto";
    import "google/type/date.proto";
    import "confluent/type/decimal.proto";
    extend google.protobuf.FieldOptions { string of = 50000; }
    message Paid { google.type.Date on = 1 [(of) = "x"]; confluent.type.Decimal total = 2; }`;
  const decode = await decoderOf({ type: 'PROTOBUF', text, references: [] });
  const json = decode(bytes(0, 10, 3, 8, 0xea, 0x0f, 18, 3, 10, 1, 5));
  assert.equal(json, '{"on":{"year":2026},"total":{"value":"BQ=="}}');
});
