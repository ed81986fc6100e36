// Goal: each schema is asked for once, and what cannot be had now is asked for again and named.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { framedValue, schemaRegistry } from '../../test/support/schema-registry.ts';
import { Registry } from './registry.ts';
import { Schemas } from './schemas.ts';

const TEXT = '{"type":"record","name":"R","fields":[{"name":"s","type":"string"}]}';
const payload = Buffer.from([2, 0x78]);

test('a schema is read once for all who wait for it', async (t) => {
  const { url, schemas: has, asked } = await schemaRegistry(t);
  has.set('/schemas/ids/7', { schema: TEXT });
  const schemas = new Schemas(new Registry(url));
  const value = framedValue(7, payload);
  assert.equal(schemas.isKnown(value), false);
  await Promise.all([schemas.settle([value, value, null]), schemas.settle([value])]);
  await schemas.settle([value]);
  assert.equal(schemas.isKnown(value), true);
  assert.equal(schemas.decode(value)?.json?.toString(), '{"s":"x"}');
  assert.deepEqual(asked, ['/registry/schemas/ids/7']);
});

test('a value without a frame needs no schema, and one that is cut off in it is refused', () => {
  const schemas = new Schemas({ schema: () => assert.fail('nobody asks') });
  const number = Buffer.from([0, 0, 0, 0, 0, 0, 0, 42]);
  for (const value of [null, Buffer.alloc(0), Buffer.from('{}'), number]) {
    assert.equal(schemas.isKnown(value), true);
    assert.equal(schemas.decode(value), null);
  }
  const short = Buffer.from([0, 0, 0, 1]);
  assert.equal(schemas.isKnown(short), true);
  assert.match(schemas.decode(short)?.error ?? '', /cut off before the id of its schema/);
});

test('a value that does not fit its schema is refused with the reason', async () => {
  const schemas = new Schemas({
    schema: () => Promise.resolve({ type: 'AVRO', text: TEXT, references: [] }),
  });
  const value = framedValue(7, Buffer.from([40]));
  await schemas.settle([value]);
  assert.match(schemas.decode(value)?.error ?? '', /^it does not fit schema 7: /);
});

test('values of a schema that cannot be understood wait, as it would be so for all of them', async (t) => {
  const { url, schemas: has } = await schemaRegistry(t);
  has.set('/schemas/ids/7', { schema: '{"type":"rekord"}' });
  const schemas = new Schemas(new Registry(url));
  const value = framedValue(7, payload);
  const message = /^it cannot be understood: /;
  await assert.rejects(schemas.settle([value]), { code: 'schema_unavailable', message });
  assert.equal(schemas.isKnown(value), false);
  assert.match(schemas.waitedFor()[0] ?? '', /^schema 7: it cannot be understood: /);
});

test('what is not there is asked for every two seconds, and named while somebody waits', async (t) => {
  const { url, schemas: has, asked } = await schemaRegistry(t);
  let nowMs = 0;
  const schemas = new Schemas(new Registry(url), () => nowMs);
  const value = framedValue(9, payload);
  const missing = { code: 'schema_unavailable', message: /does not have it \(404 of/ };
  await assert.rejects(schemas.settle([value]), missing);
  nowMs = 1_999;
  await assert.rejects(schemas.settle([value]), missing);
  assert.equal(asked.length, 1);
  assert.match(schemas.waitedFor()[0] ?? '', /^schema 9: the registry does not have it/);
  has.set('/schemas/ids/9', { schema: TEXT });
  nowMs = 2_000;
  await schemas.settle([value]);
  assert.deepEqual([asked.length, schemas.waitedFor()], [2, []]);
  await assert.rejects(schemas.settle([framedValue(10, payload)]), missing);
  nowMs += 30_001;
  assert.deepEqual(schemas.waitedFor(), [], 'nobody has asked since');
});

test('schemas that a schema uses are read, each before those that use it', async (t) => {
  const { url, schemas: has } = await schemaRegistry(t);
  const uses = (name: string) => [{ name, subject: `of/${name}`, version: 1 }];
  has.set('/schemas/ids/1', { schema: 'a', schemaType: 'PROTOBUF', references: uses('b') });
  has.set('/subjects/of/b/versions/1', { schema: 'b', references: uses('c') });
  has.set('/subjects/of/c/versions/1', { schema: 'c', references: uses('b') });
  const { type, references } = await new Registry(url).schema(1);
  assert.deepEqual(
    [type, references.map(({ name, text }) => [name, text])],
    [
      'PROTOBUF',
      [
        ['c', 'c'],
        ['b', 'b'],
      ],
    ],
  );
});

test('an answer that is none, and a registry that does not answer, are said', async (t) => {
  const { url, schemas: has } = await schemaRegistry(t);
  const fails = (url: string, message: RegExp) =>
    assert.rejects(new Registry(url).schema(1), { code: 'schema_unavailable', message });
  await fails(url.replace('ann:p%40ss@', ''), /answers 401 to/);
  has.set('/schemas/ids/1', { schema: 5 as never });
  await fails(url, /is no answer of a schema registry/);
  has.set('/schemas/ids/1', { schema: '', schemaType: 'XML' });
  await fails(url, /of a type that Hookline does not know: XML/);
  await fails('http://127.0.0.1:4', /does not answer: .*ECONNREFUSED/);
});
