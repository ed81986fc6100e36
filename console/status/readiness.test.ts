import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNotReady } from './readiness.ts';
import type { Consumption } from './readiness.ts';

const NOW = 1_000_000;
const well: Consumption = {
  brokerSeenAtMs: NOW,
  missingTopic: null,
  deliveriesLag: 5,
  retriesLag: 0,
  members: 1,
  progressedAtMs: NOW,
  alarms: [],
};

const rows: readonly [title: string, change: Partial<Consumption>, says: RegExp | null][] = [
  ['it delivers', {}, null],
  ['the broker has never answered', { brokerSeenAtMs: null }, /Kafka does not answer/],
  [
    'a topic is not there',
    { brokerSeenAtMs: NOW - 6_000, missingTopic: 'a.deliveries: unknown' },
    /^A topic is missing \(a\.deliveries: unknown\)$/,
  ],
  ['the broker is silent', { brokerSeenAtMs: NOW - 6_000 }, /Kafka does not answer/],
  ['records wait for nobody', { members: 0 }, /5 records wait and no consumer runs/],
  ['nobody is there, and nothing to do', { members: 0, deliveriesLag: 0 }, null],
  ['no progress for a minute', { progressedAtMs: NOW - 61_000 }, /for 61 s/],
  ['no progress for half a minute', { progressedAtMs: NOW - 30_000 }, null],
  ['long idle, and nothing to do', { deliveriesLag: 0, progressedAtMs: 0 }, null],
  ['the next retry is hours away', { deliveriesLag: 0, retriesLag: 9, progressedAtMs: 0 }, null],
  ['a consumer complains', { deliveriesLag: 0, alarms: ['c-1: key-stuck'] }, /c-1: key-stuck/],
  [
    'retries wait for nobody',
    { deliveriesLag: 0, retriesLag: 9, members: 0 },
    /9 records wait and/,
  ],
];
for (const [title, change, says] of rows) {
  test(`ready: ${title}`, () => {
    const reason = whyNotReady({ ...well, ...change }, NOW);
    if (says) assert.match(reason ?? 'ready', says);
    else assert.equal(reason, null);
  });
}
