import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Endpoint } from '../deliver/endpoint.ts';
import { Dispatcher } from './dispatcher.ts';
import { PartitionWork } from './partition-work.ts';
import type { Work } from './work.ts';

function aDispatcher(t: { after: (fn: () => void) => void }, isKeyOrdered: boolean) {
  const dropped: number[] = [];
  const dispatcher = new Dispatcher({
    concurrency: 1,
    isKeyOrdered,
    mayStart: () => false,
    start: () => assert.fail('started'),
    drop: (work) => dropped.push(work.tracked.offset),
  });
  t.after(() => dispatcher.close());
  const settings = { id: null, url: 'http://127.0.0.1:1/', keys: [], userAgent: 'test' };
  const endpoint = new Endpoint({ ...settings, connections: 1, timeoutMs: 1_000 }, () => {});
  t.after(() => void endpoint.close());
  const add = (home: PartitionWork, offset: number, dueAtMs: number) => {
    const { topic, partition } = home;
    const headers = {};
    const record = { topic, partition, offset, key: 'k', value: null, headers, timestampMs: 0 };
    const delivery = {
      id: String(offset),
      key: 'k',
      subscription: null,
      body: Buffer.alloc(0),
      attempt: 1,
      dueAtMs,
      record,
    };
    const tracked = { offset, isDone: false };
    dispatcher.add({ delivery, endpoint, home, tracked, bytes: 0 } satisfies Work);
  };
  return { dispatcher, dropped, add };
}

for (const isKeyOrdered of [false, true]) {
  test(`what waits for a lost partition is let go, key order ${isKeyOrdered}`, (t) => {
    const { dispatcher, dropped, add } = aDispatcher(t, isKeyOrdered);
    const lost = new PartitionWork('deliveries', 0, 0, []);
    const kept = new PartitionWork('deliveries', 1, 0, []);
    const inAnHour = Date.now() + 3_600_000;
    add(lost, 1, inAnHour);
    add(lost, 2, 0);
    add(kept, 3, inAnHour);
    add(kept, 4, 0);
    lost.isOurs = false;
    dispatcher.dropForeign();
    assert.deepEqual(dropped.toSorted(), [1, 2]);
  });
}
