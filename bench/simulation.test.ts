import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointModel, Scenario } from './scenario.ts';
import { simulate } from './simulation.ts';

const ENDPOINT: EndpointModel = {
  ...{ share: 1, answerMs: 20, answers: 'fixed', failureShare: 0, ratePerSecond: null },
};

function scenario(changes: Partial<Scenario>): Scenario {
  return {
    ...{ name: 'test', seed: 1, partitions: 12, consumers: 1, concurrency: 64, ordering: 'none' },
    ...{ deliveries: 20_000, arrivalsPerSecond: null, users: 1_000, hotUserShare: 0 },
    ...{ retryDelaysMs: [], endpoints: [ENDPOINT] },
    costs: { attemptMicros: 0, refusalMicros: 0, fetchMs: 0 },
    ...changes,
  };
}

function isNear(found: number, expected: number, share: number): void {
  assert.ok(Math.abs(found / expected - 1) <= share, `${found}, not ${expected}`);
}

test('one place with random arrivals and answers has the latencies of M/M/1', () => {
  const endpoints = [{ ...ENDPOINT, answerMs: 10, answers: 'exponential' as const }];
  const { p50Ms, p99Ms, bound } = simulate(
    scenario({ concurrency: 1, arrivalsPerSecond: 50, deliveries: 200_000, endpoints }),
  );
  // Time in the system is exponential with the mean 1 / (100 - 50) s.
  isNear(p50Ms, 20 * Math.log(2), 0.03);
  isNear(p99Ms, 20 * Math.log(100), 0.06);
  assert.equal(bound, 'arrivals');
});

test('many places and slow answers obey the law of Little', () => {
  const { perSecond, bound, used } = simulate(scenario({}));
  isNear(perSecond, 64 / 0.02, 0.02);
  assert.equal(bound, 'places');
  assert.equal(used['order of a user'], 0);
});

test('a thread is never faster than its work, and consumers add up', () => {
  const costs = { attemptMicros: 50, refusalMicros: 0, fetchMs: 0 };
  const endpoints = [{ ...ENDPOINT, answerMs: 1 }];
  const one = simulate(scenario({ costs, endpoints }));
  isNear(one.perSecond, 20_000, 0.02);
  assert.equal(one.bound, 'processor');
  const three = simulate(scenario({ costs, endpoints, consumers: 3, deliveries: 60_000 }));
  isNear(three.perSecond, 60_000, 0.05);
  const morePartitions = simulate(scenario({ costs, endpoints, consumers: 30, partitions: 3 }));
  isNear(morePartitions.perSecond, 60_000, 0.05);
});

test('what is refused is made again after its wait, and is dead after the last attempt', () => {
  const endpoints = [{ ...ENDPOINT, failureShare: 0.5 }];
  const costs = { attemptMicros: 10, refusalMicros: 90, fetchMs: 0 };
  const result = simulate(scenario({ endpoints, costs, retryDelaysMs: [1_000, 1_000] }));
  isNear(result.attempts, 20_000 * 1.75, 0.02);
  isNear(result.dead, 20_000 / 8, 0.1);
  assert.equal(result.delivered + result.dead, 20_000);
  // The two last waits are between 1 and 1.1 s.
  assert.ok(result.seconds > 2.02);
  const alwaysRefused = [{ ...ENDPOINT, answerMs: 1, failureShare: 1 }];
  const { perSecond, dead } = simulate(scenario({ endpoints: alwaysRefused, costs }));
  isNear(perSecond, 10_000, 0.02);
  assert.equal(dead, 20_000);
});

test('an endpoint is not sent to faster than its rate, whoever sends', () => {
  const endpoints = [{ ...ENDPOINT, ratePerSecond: 500 }];
  const { perSecond, bound } = simulate(
    scenario({ endpoints, consumers: 4, deliveries: 5_000, users: 10_000 }),
  );
  isNear(perSecond, 500, 0.02);
  assert.equal(bound, 'rate limit');
});

test('with order a user gets one after the other, and holds up nobody else', () => {
  const run = { ordering: 'key', hotUserShare: 0.3, deliveries: 3_000 } as const;
  const { seconds, p50Ms, bound } = simulate(scenario(run));
  isNear(seconds, 900 * 0.02, 0.1);
  assert.ok(p50Ms < 1_500, String(p50Ms));
  assert.equal(bound, 'order of a user');
  const free = simulate(scenario({ ...run, ordering: 'none' }));
  assert.ok(free.seconds < 1.1, String(free.seconds));
});

test('a slow endpoint leaves places to the others', () => {
  const endpoints = [
    { ...ENDPOINT, share: 0.3, answerMs: 5_000 },
    { ...ENDPOINT, share: 0.7 },
  ];
  const { p50Ms, p99Ms } = simulate(
    scenario({ endpoints, arrivalsPerSecond: 100, deliveries: 3_000 }),
  );
  // 150 places would be needed for the slow one.
  assert.ok(p50Ms < 25, String(p50Ms));
  assert.ok(p99Ms > 10_000, String(p99Ms));
});

test('the same seed gives the same run, another one does not', () => {
  const random = { endpoints: [{ ...ENDPOINT, answers: 'exponential' as const }] };
  assert.deepEqual(simulate(scenario(random)), simulate(scenario(random)));
  assert.notDeepEqual(simulate(scenario(random)), simulate(scenario({ ...random, seed: 2 })));
});
