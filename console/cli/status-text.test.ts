import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATUS_FILES } from '../../test/support/status-files.ts';
import { statusText } from './status-text.ts';

test('the status in words has every part, and says where there is nothing', () => {
  const text = statusText(
    {
      summary: {
        state: 'down',
        headline: 'No consumer runs, and 1,500 deliveries wait',
        actions: [{ text: 'Start a consumer: npm run consumer', href: '#/log' }],
      },
      disk: null,
      sources: [],
      replays: [
        {
          ...{ id: 'r-1', state: 'running', from: 'earliest', to: null, subscription: null },
          ...{ user: null, topic: null, partition: null, rate: null, offsets: 40, read: 10 },
          ...{ copied: 7, skipped: {}, started_at: '2026-11-29T11:00:00.000Z', ended_at: null },
        },
      ],
      settings: {
        ...{ ordering: 'none', timeout_ms: 15_000, retry_schedule_ms: [], rate_limit: null },
        user_keys: false,
      },
      loading: true,
      not_ready: '1500 records wait and no consumer runs',
      brokers: ['127.0.0.1:9092'],
      broker_seen_at: null,
      topics: [
        { topic: 'webhooks.deliveries', end: 2_000, committed: 500, lag: 1_500, lag_seconds: 3 },
        { topic: 'webhooks.deliveries-retry-5000', end: 9, committed: 9, lag: 0, lag_seconds: 0 },
      ],
      inbox: '/data/inbox',
      files: {
        queued: 0,
        reading: 0,
        done: 0,
        failed: 0,
        cancelled: 0,
        latest: STATUS_FILES,
        left_in_inbox: [
          {
            ...{ name: 'x.csv~', code: 'other_ending', message: 'only .csv is read' },
            since: '2026-11-21T12:00:00.000Z',
          },
        ],
        left_in_inbox_count: 101,
      },
      oldest_waiting_seconds: 0,
      deliveries: {
        delivered: 500,
        waiting: 1_500,
        in_flight: 8,
        retrying: 2,
        dead_lettered: 1,
        dead_lettered_last_hour: 0,
        cancelled: 0,
      },
      endpoints: [],
      consumers: [
        {
          client_id: 'hookline-consumer-1',
          host: '127.0.0.1',
          partitions: [0, 1],
          alarms: [{ kind: 'key-stuck', detail: 'user-7' }],
        },
      ],
    },
    Date.UTC(2026, 10, 29, 12),
  );
  assert.match(
    text,
    /delivered 500 {3}waiting 1,500 {3}in flight 8 {3}retrying 2 {3}dead letters 1 .*still reading/,
  );
  assert.match(
    text,
    /^down: No consumer runs, and 1,500 deliveries wait\n {2}> Start a consumer: /,
  );
  assert.match(text, /\nnot ready: 1500 records wait and no consumer runs\n/);
  assert.match(text, /cut\.csv +done \(last_line_unfinished\) +- +100 %/);
  assert.match(text, /left in the inbox \(101\) +why +since\nx\.csv~ +only \.csv is read +2026-/);
  assert.match(text, /webhooks\.deliveries +2,000 +500 +1,500 +3/);
  assert.doesNotMatch(text, /retry-5000/);
  assert.match(text, /dead\.csv +done \(100 of 300 dead, 200 of 300 passed over\)/);
  assert.match(text, /no endpoint/);
  assert.match(text, /r-1 +25 % +7 +2026-/);
  assert.match(text, /hookline-consumer-1 +127\.0\.0\.1 +2 +key-stuck: user-7/);
});
