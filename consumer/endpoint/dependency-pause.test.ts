import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEPENDENCIES_WORK, afterDependency, dependencyAdmits } from './dependency-pause.ts';
import type { DependencyPause } from './dependency-pause.ts';

const proxy = { kind: 'unreachable', error: 'proxy' } as const;
const forbidden = { kind: 'unreachable', error: 'target-forbidden' } as const;
const accepted = { kind: 'accepted', status: 200 } as const;

const tokenServer = { kind: 'unreachable', error: 'token-server' } as const;

test('a token server that gives no token pauses its endpoint as a proxy does', () => {
  const pause = afterDependency(DEPENDENCIES_WORK, tokenServer, 10);
  const byProxy = afterDependency(DEPENDENCIES_WORK, proxy, 10);
  assert.deepEqual(pause, { ...byProxy, failing: 'token-server' });
});

test('each request that the proxy fails doubles the pause up to 30 s; any other answer ends it', () => {
  let pause: DependencyPause = DEPENDENCIES_WORK;
  let nowMs = 10;
  for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    pause = afterDependency(pause, proxy, nowMs);
    assert.equal(pause.untilMs, nowMs + waitMs);
    assert.equal(afterDependency(pause, proxy, nowMs + 1), pause, 'of the same burst');
    assert.equal(dependencyAdmits(pause, 0, nowMs + waitMs - 1), false);
    nowMs += waitMs;
    assert.equal(dependencyAdmits(pause, 0, nowMs), true);
    assert.equal(dependencyAdmits(pause, 1, nowMs), false, 'one at a time');
  }
  assert.equal(afterDependency(pause, forbidden, nowMs), pause, 'the proxy was not asked');
  assert.equal(afterDependency(pause, accepted, nowMs), DEPENDENCIES_WORK);
  assert.equal(afterDependency(DEPENDENCIES_WORK, accepted, nowMs), DEPENDENCIES_WORK);
});
