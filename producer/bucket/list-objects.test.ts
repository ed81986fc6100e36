import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAnswer, scriptedS3 } from '../../test/support/scripted-s3.ts';
import { listObjects } from './list-objects.ts';

test('keys behind the bound of what is passed over are passed over, too, and end', async (t) => {
  const last = '\u{10ffff}';
  const keys = ['a', 'done/1', `done/${last}`, `done/${last}x`, `done/${last}y`, 'in/1', 'in/2'];
  let requests = 0;
  const s3 = await scriptedS3(t, (request) => {
    requests += 1;
    // A listing that goes round and round would never end the test.
    return requests > 20 ? { status: 403, error: 'AccessDenied' } : listAnswer(request, keys);
  });
  const found: string[] = [];
  const inbox = { bucket: 'alerts', prefix: '' };
  for await (const page of listObjects(s3, inbox, ['done/', 'failed/'], 3)) {
    found.push(...page.map(({ key }) => key));
  }
  assert.deepEqual(found, ['a', 'in/1', 'in/2']);
});
