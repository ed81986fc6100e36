import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dataDirs, makeDataDirs } from '../../common/config/data-dirs.ts';
import { claimedName, rejectedCsvName } from '../../common/model/file-names.ts';
import { parseInbox } from '../../common/model/bucket-inbox.ts';
import type { BucketInbox } from '../../common/model/bucket-inbox.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { scriptedS3 } from '../../test/support/scripted-s3.ts';
import type { ScriptedRequest } from '../../test/support/scripted-s3.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { until } from '../../test/support/until.ts';
import { queuedProgress } from '../file/progress-record.ts';
import { BucketStore } from './bucket-store.ts';
import type { S3 } from './s3.ts';

const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const OBJECT = { bucket: 'alerts', key: 'in/x.csv', etag: '"1"' };
const FILE = { id: ID, name: 'x.csv', bytes: 10, object: OBJECT };
const REFUSAL = { code: 'object_refused', message: /AccessDenied/ } as const;
const resume = { line: 2, rejectedFile: null, rejectedBytes: 9, otherHeaderLine: null };
const done: FileProgress = { ...queuedProgress(FILE), state: 'done', resume };
const failed: FileProgress = {
  ...{ ...done, state: 'failed' },
  error: { code: 'wrong_header', message: 'no user_id' },
};

function aStore(root: string, s3: S3, inbox = 's3://alerts/in') {
  const dirs = dataDirs(root);
  makeDataDirs(dirs);
  const inboxes = [parseInbox(inbox) as BucketInbox];
  return { store: new BucketStore({ s3, inboxes, after: 'move', dirs }), dirs };
}

/** Paths of all that this process has open. */
function openPaths(): readonly string[] {
  return readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
}

test('an object that S3 cannot move is tagged with what became of it', async (t) => {
  const requests: ScriptedRequest[] = [];
  const s3 = await scriptedS3(t, (request) => {
    requests.push(request);
    return { body: '<Tagging><TagSet></TagSet></Tagging>' };
  });
  const { store } = aStore(tempDir(t), s3);
  const large = { ...FILE, bytes: 6 * 1024 ** 3 };
  for (const [progress, outcome] of [[done, 'done'] as const, [failed, 'failed'] as const]) {
    requests.length = 0;
    await store.archive(large, progress);
    const written = requests.filter(({ method }) => method === 'PUT');
    assert.deepEqual(
      written.map(({ key, query }) => [key, query.has('tagging')]),
      [['in/x.csv', true]],
    );
    assert.match(String(written[0]?.body), new RegExp(`<Value>${outcome}</Value>`));
  }
});

test('a move that S3 refuses is told from a server that is away', async (t) => {
  let status = 403;
  const error = () => (status === 403 ? 'AccessDenied' : 'NotImplemented');
  const s3 = await scriptedS3(t, () => ({ status, error: error() }));
  const { store } = aStore(tempDir(t), s3);
  await assert.rejects(store.archive(FILE, done), REFUSAL);
  await assert.rejects(store.archive(FILE, failed), REFUSAL, 'its report cannot be put');
  status = 501;
  await assert.rejects(store.archive(FILE, done), (away: Error) => !('code' in away));
  const other = aStore(tempDir(t), s3, 's3://alerts/other');
  await assert.rejects(other.store.archive(FILE, done), {
    code: 'object_refused',
    message: /s3:\/\/alerts\/in\/x\.csv lies in no inbox.*S3_INBOX=s3:\/\/alerts\/other\//,
  });
});

test(
  'rejected rows that S3 does not take leave no file open',
  { skip: process.platform !== 'linux' && 'only Linux lists what a process has open' },
  async (t) => {
    const s3 = await scriptedS3(t, () => ({ status: 403, error: 'AccessDenied' }), {
      hastily: true,
    });
    const { store, dirs } = aStore(tempDir(t), s3);
    const path = join(dirs.done, rejectedCsvName(claimedName(ID, 'x.csv')));
    // More than the sockets hold between them.
    writeFileSync(path, Buffer.alloc(64 * 1024 ** 2));
    await assert.rejects(store.archive(FILE, done));
    await until(() => !openPaths().includes(path), { timeoutMs: 10_000 });
  },
);
