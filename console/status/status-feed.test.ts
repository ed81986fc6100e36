import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import { until } from '../../test/support/until.ts';
import { eventStream } from './event-stream.ts';
import { StatusFeed } from './status-feed.ts';

function aFeed(t: TestContext, heartbeatMs = 60_000) {
  const closing = new AbortController();
  t.after(() => closing.abort());
  const state = { text: 'a', looks: 0, fails: false };
  const look = () => {
    state.looks += 1;
    if (state.fails) return Promise.reject(new Error('no figures'));
    return Promise.resolve({ text: `${state.text} ${state.looks}`, key: state.text });
  };
  const logger = createLogger('test', 'silent');
  const { signal } = closing;
  const feed = new StatusFeed({ look, logger, signal, intervalMs: 1, heartbeatMs });
  return { feed, state, closing };
}

test('all listeners get each change, from one look, and nobody looks when they have gone', async (t) => {
  const { feed, state } = aFeed(t);
  await new Promise(setImmediate);
  assert.equal(state.looks, 0);
  const [first, second] = [feed.listen(), feed.listen()];
  assert.deepEqual(await first.next(), { kind: 'status', text: 'a 1' });
  assert.deepEqual(await second.next(), { kind: 'status', text: 'a 1' });
  const next = [first.next(), second.next()];
  const looks = state.looks;
  await until(() => state.looks > looks + 3);
  state.fails = true;
  await until(() => state.looks > looks + 6);
  Object.assign(state, { text: 'b', fails: false });
  const [one, two] = await Promise.all(next);
  assert.match(JSON.stringify(one), /"text":"b \d+"/);
  assert.deepEqual(one, two);
  first.close();
  first.close();
  second.close();
  let seen = -1;
  await until(() => seen === (seen = state.looks));
  assert.match(JSON.stringify(await feed.listen().next()), /"text":"b \d+"/, 'at once again');
});

test('a stream has its events as text, a comment while nothing changes, and an end', async (t) => {
  const { feed, state, closing } = aFeed(t, 20);
  const reader = eventStream(feed.listen()).pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => (await reader.read()).value;
  assert.equal(await read(), 'event: status\ndata: a 1\n\n');
  assert.equal(await read(), ': \n\n');
  state.text = 'b';
  await until(async () => /^event: status\ndata: b \d+\n\n$/.test(String(await read())));
  closing.abort();
  await until(async () => (await reader.read()).done);
});

test('a reader that goes away is no listener any more', async (t) => {
  const { feed, state } = aFeed(t);
  const reader = eventStream(feed.listen()).getReader();
  await reader.read();
  await reader.cancel();
  let seen = -1;
  await until(() => seen === (seen = state.looks));
});

test('there is a bound for listeners', (t) => {
  const { feed } = aFeed(t);
  const all = Array.from({ length: 100 }, () => feed.listen());
  assert.ok(feed.isFull);
  all[0]?.close();
  assert.ok(!feed.isFull);
});
