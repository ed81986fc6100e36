import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../base/logger.ts';
import { internalModule, wrapMethod } from '../internals.ts';
import { installFixes } from './install.ts';

type Schedule = (this: { readonly pending: readonly unknown[] }) => void;

test('the fixes are installed once, and each wraps what it repairs', () => {
  const { prototype } = internalModule<{ prototype: Record<string, Schedule> }>(
    'network/requestQueue',
  );
  const before = prototype['scheduleCheckPendingRequests'];
  installFixes(createLogger('test', 'silent'));
  const after = prototype['scheduleCheckPendingRequests'];
  assert.notEqual(after, before);
  installFixes(createLogger('test', 'silent'));
  assert.equal(prototype['scheduleCheckPendingRequests'], after);
  // kafkajs' own would set a timer, which the queue of this test does not know.
  after?.call({ pending: [] });
});

test('a function that kafkajs has no more stops the start, and is named', () => {
  assert.throws(() => wrapMethod('cluster', 'fetchEverything', (original) => original), {
    name: 'InvariantError',
    message: 'kafkajs has no fetchEverything in cluster',
  });
});
