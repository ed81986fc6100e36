import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROXY_WORKS, afterProxied, proxyAdmits } from './proxy-pause.ts';
import type { ProxyPause } from './proxy-pause.ts';

const proxy = { kind: 'unreachable', error: 'proxy' } as const;
const forbidden = { kind: 'unreachable', error: 'target-forbidden' } as const;
const accepted = { kind: 'accepted', status: 200 } as const;

test('each request that the proxy fails doubles the pause up to 30 s; any other answer ends it', () => {
  let pause: ProxyPause = PROXY_WORKS;
  let nowMs = 10;
  for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    pause = afterProxied(pause, proxy, nowMs);
    assert.equal(pause.untilMs, nowMs + waitMs);
    assert.equal(afterProxied(pause, proxy, nowMs + 1), pause, 'of the same burst');
    assert.equal(proxyAdmits(pause, 0, nowMs + waitMs - 1), false);
    nowMs += waitMs;
    assert.equal(proxyAdmits(pause, 0, nowMs), true);
    assert.equal(proxyAdmits(pause, 1, nowMs), false, 'one at a time');
  }
  assert.equal(afterProxied(pause, forbidden, nowMs), pause, 'the proxy was not asked');
  assert.equal(afterProxied(pause, accepted, nowMs), PROXY_WORKS);
  assert.equal(afterProxied(PROXY_WORKS, accepted, nowMs), PROXY_WORKS);
});
