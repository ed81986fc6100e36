import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../base/logger.ts';
import { internalModule } from '../internals.ts';
import { installFixes } from './install.ts';

type Schedule = (this: object) => void;

test('an answer that does not come while its connection is being closed is still given up', (t) => {
  installFixes(createLogger('test', 'silent'));
  t.mock.timers.enable({ apis: ['Date', 'setInterval'], now: 1_000_000 });
  const { prototype } = internalModule<{ prototype: Record<string, Schedule> }>(
    'network/requestQueue',
  );
  let timeouts = 0;
  const inflight = new Map<number, object>();
  const timeoutRequest = () => {
    timeouts += 1;
    inflight.clear();
  };
  inflight.set(1, { sentAt: Date.now(), requestTimeout: 5_000, timeoutRequest });
  const queue = {
    ...{ pending: [], inflight, requestTimeout: 5_000, enforceRequestTimeout: true },
    requestTimeoutIntervalId: undefined as NodeJS.Timeout | undefined,
    isConnected: () => false,
    destroy: () => clearInterval(queue.requestTimeoutIntervalId),
  };
  prototype['scheduleRequestTimeoutCheck']?.call(queue);
  t.mock.timers.tick(4_000);
  assert.equal(timeouts, 0);
  t.mock.timers.tick(3_000);
  assert.equal(timeouts, 1);
});
