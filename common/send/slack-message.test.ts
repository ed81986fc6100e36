import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slackMessage } from './slack-message.ts';

const textOf = (type: string | undefined, body: string) =>
  (JSON.parse(slackMessage(type, Buffer.from(body)).toString()) as { text: string }).text;

test('the members of an event are lines under its type', () => {
  const data = { subscription: 'sub_a', reason: null, dead_letters: 7 };
  const body = JSON.stringify({ type: 'x', timestamp: 't', data });
  assert.equal(
    textOf('hookline.endpoint.failing', body),
    '*hookline.endpoint.failing*\n• subscription: sub_a\n• reason: null\n• dead_letters: 7',
  );
  assert.equal(textOf(undefined, '{"a":"b"}'), '*delivery*\n• a: b');
});

test('what is no object is shown as it is, and nothing of it calls a channel', () => {
  assert.equal(
    textOf('a.b', 'plain <!channel> & more'),
    '*a.b*\nplain &lt;!channel&gt; &amp; more',
  );
  assert.equal(textOf('a.b', '[1,2]'), '*a.b*\n[1,2]');
  assert.equal(textOf('a.b', '{"data":1}'), '*a.b*\n{"data":1}');
  assert.equal(textOf('a.b', 'x'.repeat(10_000)).length, 3_000);
});
