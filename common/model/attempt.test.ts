import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { DELIVERY_STATES, formatAttempt, parseAttempts } from './attempt.ts';
import { TRIGGERS } from './trigger.ts';

const attempt = fc.record(
  {
    id: fc.string(),
    key: fc.string(),
    subscription: fc.option(fc.string()),
    eventType: fc.option(fc.string()),
    attempt: fc.nat(),
    trigger: fc.option(fc.constantFrom(...TRIGGERS)),
    state: fc.constantFrom(...DELIVERY_STATES),
    status: fc.option(fc.integer({ min: 100, max: 599 })),
    error: fc.option(fc.string()),
    excerpt: fc.string(),
    latencyMs: fc.nat(),
    at: fc.nat(),
    dueAt: fc.option(fc.nat()),
    topic: fc.string(),
    partition: fc.nat(),
    offset: fc.nat(),
  },
  { noNullPrototype: true },
);

test('what is written of attempts is read back', () => {
  fc.assert(
    fc.property(fc.array(attempt), (attempts) => {
      const text = attempts.map(formatAttempt).join('\n');
      assert.deepEqual(parseAttempts(text), attempts);
    }),
  );
});

test('a line that is not understood is left out, and the others are read', () => {
  const good = { id: 'a', key: 'k', attempt: 1, state: 'delivered', latencyMs: 1, at: 1 } as const;
  const line = JSON.stringify({ ...good, topic: 't', partition: 0, offset: 7 });
  const later = JSON.stringify({ ...JSON.parse(line), trigger: 'of a later version' });
  const read = parseAttempts(['no JSON', line, '{"id":1}', later].join('\n'));
  assert.deepEqual(
    read.map(({ offset, status, excerpt, trigger }) => ({ offset, status, excerpt, trigger })),
    Array(2).fill({ offset: 7, status: null, excerpt: '', trigger: null }),
  );
});
