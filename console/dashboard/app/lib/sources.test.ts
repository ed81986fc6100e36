import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { schemasWaitedFor, sourceBody, toneOfSource } from './sources.js';

describe('sources', () => {
  test('an input that was emptied is the default, as a change has none', () => {
    const rules = { user_id: 'key', event_type: 'header:event-type' };
    assert.deepEqual(sourceBody({ tombstones: 'skip', to_default: 'false' }), {
      ...{ ...rules, tombstones: 'skip', to_default: false },
    });
    const given = { topic: 'orders', user_id: '/user', event_type: '/op', from: 'earliest' };
    assert.deepEqual(sourceBody({ ...given, to_default: 'true' }), { ...given, to_default: true });
  });

  test('a schema that two consumers wait for is said once', () => {
    const alarms = ['schema-unavailable', 'lag'].map((kind) => ({ kind, detail: `of ${kind}` }));
    assert.deepEqual(schemasWaitedFor({ consumers: [{ alarms }, { alarms }] }), [
      'of schema-unavailable',
    ]);
    assert.deepEqual(schemasWaitedFor(null), []);
  });

  test('only one that is read is well', () => {
    const states = ['reading', 'starting', 'missing', 'forbidden'];
    const tones = states.map((state) => toneOfSource({ state }));
    assert.deepEqual(tones, ['ok', 'waiting', 'failed', 'failed']);
  });
});
