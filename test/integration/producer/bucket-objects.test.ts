// Goal: what is asked of an S3 server is asked so that nothing is mixed, missed or lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { BUCKET, prepareS3Server } from '../../../bench/s3-server.ts';
import { forEachAtOnce } from '../../../common/base/for-each-at-once.ts';
import { ownPrefixes, parseInbox } from '../../../common/model/bucket-inbox.ts';
import type { BucketInbox } from '../../../common/model/bucket-inbox.ts';
import { moveObject, tagObject } from '../../../producer/bucket/after-reading.ts';
import { findObject, listObjects } from '../../../producer/bucket/list-objects.ts';
import type { ListedObject } from '../../../producer/bucket/list-objects.ts';
import { ObjectFile } from '../../../producer/bucket/object-file.ts';
import { openS3 } from '../../../producer/bucket/s3.ts';
import { startS3 } from '../../support/s3.ts';

const skip = (await prepareS3Server()) ?? false;
const MIB = 1024 ** 2;

async function open(t: TestContext) {
  const server = await startS3(t);
  // The SDK's own chain looks there.
  Object.assign(process.env, server.env);
  const s3 = await openS3(String(server.env['S3_ENDPOINT']), process.env);
  t.after(() => s3.client.destroy());
  const find = async (key: string) => (await findObject(s3, BUCKET, key)) as ListedObject;
  return { server, s3, find };
}

test('pages are listed from the last key, past all that was moved', { skip }, async (t) => {
  const { server, s3 } = await open(t);
  const inbox = parseInbox(`s3://${BUCKET}`) as BucketInbox;
  const moved = Array.from({ length: 8 }, (_, n) => `done/${n}.csv`);
  const own = ['a.csv', 'dé +&.csv', 'failed/x', 'in/1.csv', 'z.csv'];
  await forEachAtOnce(8, [...own, ...moved], (key) => server.put(key, key));
  const pages: string[][] = [];
  for await (const page of listObjects(s3, inbox, ownPrefixes(BUCKET, [inbox]), 3))
    pages.push(page.map(({ key }) => key));
  assert.deepEqual(pages.flat(), ['a.csv', 'dé +&.csv', 'in/1.csv', 'z.csv']);
  assert.ok(pages.length <= 4, `${pages.length} pages: what was moved is not listed`);
  const whole: string[] = [];
  for await (const page of listObjects(s3, inbox, [], 3)) {
    whole.push(...page.map(({ key }) => key));
  }
  assert.equal(new Set(whole).size, own.length + moved.length, 'each key once');
});

test('bytes are of the content that was announced, from any place', { skip }, async (t) => {
  const { server, s3, find } = await open(t);
  const content = Buffer.alloc(5 * MIB + 7, 'one content');
  await server.put('x', content);
  const object = await find('x');
  const file = new ObjectFile(s3, object, object.bytes);
  const target = Buffer.alloc(700_001);
  let whole = Buffer.alloc(0);
  for (let read; (read = await file.read(target, whole.length)) > 0;) {
    assert.equal(read, Math.min(target.length, content.length - whole.length), 'it is filled');
    whole = Buffer.concat([whole, target.subarray(0, read)]);
  }
  assert.ok(whole.equals(content));
  assert.equal(await file.read(target.subarray(0, 3), 4), 3);
  assert.equal(target.toString('latin1', 0, 3), content.toString('latin1', 4, 7));
  await server.put('x', Buffer.alloc(content.length, 'another one'));
  await assert.rejects(file.read(target, 4.5 * MIB), { code: 'object_changed' });
  await server.put('x', content);
  assert.ok((await file.read(target, 4.5 * MIB)) > 0, 'the same content again is the same');
  const none = new ObjectFile(s3, { ...object, key: 'none' }, 10);
  await assert.rejects(none.read(target, 0), { code: 'file_missing' });
});

test('an object that was replaced is neither moved nor tagged', { skip }, async (t) => {
  const { server, s3, find } = await open(t);
  await server.put('in/x', 'old');
  const old = await find('in/x');
  await server.put('in/x', 'new');
  await moveObject(s3, old, 'done/x');
  await tagObject(s3, old, 'done');
  assert.deepEqual(await server.keys(), ['in/x']);
  assert.equal(await server.text('in/x'), 'new');
  const tags = async () => {
    const at = { Bucket: BUCKET, Key: 'in/x' };
    const { TagSet = [] } = await s3.client.send(new s3.sdk.GetObjectTaggingCommand(at));
    return TagSet.map(({ Key, Value }) => `${Key}=${Value}`).sort();
  };
  assert.deepEqual(await tags().catch(() => []), []);
  const fresh = await find('in/x');
  const Tagging = { TagSet: [{ Key: 'team', Value: 'a' }] };
  const at = { Bucket: BUCKET, Key: 'in/x' };
  await s3.client.send(new s3.sdk.PutObjectTaggingCommand({ ...at, Tagging }));
  await tagObject(s3, fresh, 'failed');
  assert.deepEqual(await tags(), ['hookline=failed', 'team=a']);
  await moveObject(s3, fresh, 'done/x');
  await moveObject(s3, fresh, 'done/x');
  assert.deepEqual(await server.keys(), ['done/x']);
  assert.equal(await server.text('done/x'), 'new');
});
