import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parse } from 'csv-parse/sync';
import { createReceiver } from './receiver.ts';
import { aReceiver, alert, deliver } from './test-support.ts';

function anOutput(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-receiver-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'deep', 'received.csv');
}

test('accepted alerts are appended as CSV that reads back the same', async (t) => {
  const output = anOutput(t);
  const receiver = await createReceiver({ output });
  const messages = ['plain', 'with, comma', 'say "hi"', 'two\r\nlines', 'é ✓', ''];
  for (const message of messages) await deliver(receiver, { body: alert('u,1', message) });
  await deliver(receiver, { body: '{"other":"event"}' });
  receiver.setMode('error');
  await deliver(receiver, { body: alert('u', 'refused') });
  await receiver.close();
  const rows: unknown = parse(readFileSync(output));
  assert.deepEqual(rows, [
    ['user_id', 'alert_message'],
    ...messages.map((message) => ['u,1', message]),
  ]);
});

test('lines are written soon, without waiting for the end', async (t) => {
  const output = anOutput(t);
  const receiver = await aReceiver(t, { output });
  await deliver(receiver, { body: alert('u', 'soon') });
  const deadlineMs = performance.now() + 5_000;
  while (!readFileSync(output, 'utf8').includes('u,soon\n')) {
    assert.ok(performance.now() < deadlineMs, 'the line was not written');
    await new Promise((next) => setTimeout(next, 20));
  }
});

test('a restart appends, without a second header', async (t) => {
  const output = anOutput(t);
  for (const message of ['one', 'two']) {
    const receiver = await createReceiver({ output });
    await deliver(receiver, { body: alert('u', message) });
    await receiver.close();
  }
  assert.equal(readFileSync(output, 'utf8'), 'user_id,alert_message\nu,one\nu,two\n');
});

test('a line that a crash cut off is not joined with the next', async (t) => {
  const output = anOutput(t);
  await (await createReceiver({ output })).close();
  writeFileSync(output, 'user_id,alert_message\nu,on');
  const receiver = await createReceiver({ output });
  await deliver(receiver, { body: alert('u', 'two') });
  await receiver.close();
  assert.equal(readFileSync(output, 'utf8'), 'user_id,alert_message\nu,on\nu,two\n');
});
