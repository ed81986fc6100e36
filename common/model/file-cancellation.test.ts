import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ulid } from 'ulid';
import { HEADER, fileRowId } from './delivery.ts';
import { whyRowCancelled } from './file-cancellation.ts';

const FILE = '01M8NNEY6WCPJFQWRP3YQ5J69M';
const AT = Date.parse('2026-11-30T12:00:00Z');

test('rows of a cancelled file are not sent, but for copies that a person asked for later', () => {
  const why = (id: string, headers: Record<string, string>, timestampMs: number) =>
    whyRowCancelled(id, { headers, timestampMs }, (file) => (file === FILE ? AT : undefined));
  const row = fileRowId(FILE, 7);
  const reason = 'its file was cancelled at 2026-11-30T12:00:00.000Z';
  assert.equal(why(row, {}, AT - 1), reason);
  // The next attempt of a row that was under way, or a clock that is ahead.
  assert.equal(why(row, { [HEADER.attempt]: '2' }, AT + 1), reason);
  for (const copy of [{ [HEADER.replay]: 'r' }, { [HEADER.redrives]: '1' }]) {
    assert.equal(why(row, copy, AT), reason);
    assert.equal(why(row, copy, AT + 1), null);
    const failedAt = (ms: number) => ({ ...copy, [HEADER.firstFailedAt]: String(ms) });
    assert.equal(why(row, failedAt(AT), AT + 9), reason, 'a retry of a copy from before');
    assert.equal(why(row, failedAt(AT + 1), AT + 9), null);
    assert.equal(why(row, { ...copy, [HEADER.firstFailedAt]: '?' }, AT + 9), null);
  }
  const replayBegun = (ms: number) => ({ [HEADER.replay]: ulid(ms) });
  assert.equal(why(row, replayBegun(AT), AT + 9), reason, 'a replay that was running then');
  assert.equal(why(row, replayBegun(AT + 1), AT + 9), null);
  const redriven = { ...replayBegun(AT), [HEADER.redrives]: '1' };
  assert.equal(why(row, redriven, AT + 9), null, 'its dead letter, put back later');
  assert.equal(why(fileRowId(`${FILE.slice(0, -1)}N`, 7), {}, 0), null);
  assert.equal(why(`${FILE}-of-somebody-else`, {}, 0), null);
});
