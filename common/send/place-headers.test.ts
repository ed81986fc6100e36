import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPosition, parsePosition } from '../model/place.ts';
import type { Place } from '../model/place.ts';
import { deliveryContent } from './delivery-headers.ts';

const SETTINGS = { origin: 'http://a', path: '/', keys: [], headers: [] };

function sent(headers: Record<string, string>, place: Place | null = null) {
  const delivery = { id: 'a', body: Buffer.from('{}'), attempt: 1, record: { headers }, place };
  const content = deliveryContent(delivery, SETTINGS, 'test', 0);
  const pairs = content.headers.flatMap((name, n): [string, string][] => {
    return n % 2 === 0 ? [[name, content.headers[n + 1] as string]] : [];
  });
  return Object.fromEntries(pairs);
}

test('a delivery names its position, and below which nothing of its lane comes again', () => {
  const headers = sent({}, { lane: 'Zx3-_abcdefg', offset: 1_042, settled: 1_040 });
  assert.equal(headers['webhook-position'], 'Zx3-_abcdefg:1042');
  assert.equal(headers['webhook-settled'], '1040');
  assert.equal('webhook-redrive' in headers, false);
});

test('one of which neither is known names none, as a test delivery', () => {
  const names = Object.keys(sent({}));
  assert.deepEqual(
    names.filter((name) => /position|settled/.test(name)),
    [],
  );
});

test('a dead letter that was put back says how often, where that is a number', () => {
  assert.equal(sent({ 'wh-redrives': '2' })['webhook-redrive'], '2');
  assert.equal('webhook-redrive' in sent({ 'wh-redrives': 'é' }), false);
});

test('a position in a record is read as it was written, and no other text is one', () => {
  const position = { lane: 'Zx3-_abcdefg', offset: 1_042 };
  assert.deepEqual(parsePosition(formatPosition(position)), position);
  for (const text of [
    undefined,
    '',
    'Zx3-_abcdefg',
    'Zx3-_abcdefg:-1',
    'abc:1',
    'Zx3-_abcdefg:1e3',
  ])
    assert.equal(parsePosition(text), null, text);
});
