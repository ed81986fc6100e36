import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '../../common/model/delivery.ts';
import { inFlightReports } from './in-flight-reports.ts';

const record = { topic: 'd', partition: 3, key: 'user-1', value: null, timestampMs: 0 };

function underWay(n: number, forMs: number, headers: Record<string, string> = {}) {
  const delivery: Delivery = {
    ...{ id: `id-${n}`, key: 'user-1', subscription: null, body: Buffer.from('{}'), attempt: 2 },
    ...{ dueAtMs: 0, isParked: false, record: { ...record, offset: n, headers } },
  };
  const request = { origin: 'http://a', path: '/', headers: [], body: delivery.body, delivery };
  return { request, forMs };
}

test('a request under way is reported with the place of its record and when it began', () => {
  const found = underWay(7, 1_500, { 'event-type': 'order.paid' });
  assert.deepEqual(inFlightReports({ underWay: () => [found] }, 10_000), [
    {
      ...{ id: 'id-7', key: 'user-1', subscription: null, eventType: 'order.paid', attempt: 2 },
      ...{ trigger: null, since: 8_500, topic: 'd', partition: 3, offset: 7 },
    },
  ]);
});

test('of very many the hundred oldest are reported', () => {
  const all = Array.from({ length: 150 }, (_, n) => underWay(n, 1_000 + n));
  const reports = inFlightReports({ underWay: () => all }, 10_000);
  assert.equal(reports.length, 100);
  assert.deepEqual([reports[0]?.id, reports.at(-1)?.id], ['id-149', 'id-50']);
});
