import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import { parseInbox } from '../../common/model/bucket-inbox.ts';
import type { BucketInbox } from '../../common/model/bucket-inbox.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { InboxState } from '../../common/model/inbox-state.ts';
import { listAnswer, scriptedS3 } from '../../test/support/scripted-s3.ts';
import { until } from '../../test/support/until.ts';
import type { Announcement } from '../file/announcement.ts';
import { queuedProgress } from '../file/progress-record.ts';
import { BucketWatcher } from './bucket-watcher.ts';

/** A watcher of `s3://alerts/in/`, which holds `keys`, and all that it does. */
async function aWatcher(t: TestContext, keys: readonly string[]) {
  const s3 = await scriptedS3(t, (request) => listAnswer(request, keys));
  const progress = new Map<string, FileProgress>();
  const announced: Announcement[] = [];
  const states: InboxState[] = [];
  const onReport: { work: () => void } = { work: () => {} };
  const watcher = new BucketWatcher({
    ...{ s3, inboxes: [parseInbox('s3://alerts/in') as BucketInbox], pollMs: 1, isMoved: true },
    progress: {
      get: (id) => progress.get(id),
      entries: () => progress.entries(),
      caughtUp: () => Promise.resolve(),
    },
    announce: (file) => Promise.resolve(void announced.push(file)),
    report: (state) => {
      states.push(state);
      onReport.work();
    },
    logger: createLogger('test', 'silent'),
  });
  t.after(() => watcher.close());
  /** Waits for looks that begin from now on. */
  const looks = async (count: number) => {
    const before = states.length;
    await until(() => states.length > before + count);
  };
  return { watcher, progress, announced, states, onReport, looks };
}

test('a look that fails is followed by the next one', async (t) => {
  const { watcher, states, onReport } = await aWatcher(t, ['in/x.csv']);
  onReport.work = () => {
    throw new Error('a fault of ours');
  };
  watcher.start();
  await until(() => states.length > 2);
});

test('an object is announced once; while S3 refuses it, it is left with the reason', async (t) => {
  const { watcher, progress, announced, states, looks } = await aWatcher(t, ['in/x.csv']);
  watcher.start();
  await looks(2);
  assert.deepEqual(
    announced.map(({ object }) => object?.key),
    ['in/x.csv'],
  );
  const [file] = announced as [Announcement];
  const gone = { ...file, id: 'GONE', object: { bucket: 'alerts', key: 'in/y.csv', etag: '"2"' } };
  const error = { code: 'object_refused', message: 'InvalidObjectState' } as const;
  for (const each of [file, gone]) progress.set(each.id, { ...queuedProgress(each), error });
  await looks(2);
  // Its owner finds out that it is gone; the other one was announced a moment ago.
  assert.deepEqual(announced.slice(1), [gone]);
  assert.deepEqual(
    states.at(-1)?.leftInInbox.map(({ name, code, message }) => [name, code, message]),
    ['in/x.csv', 'in/y.csv'].map((key) => [`s3://alerts/${key}`, error.code, error.message]),
  );
  for (const each of [file, gone])
    progress.set(each.id, { ...queuedProgress(each), state: 'done' });
  await looks(2);
  assert.equal(announced.length, 2, 'what is over is not announced');
  assert.equal(states.at(-1)?.leftCount, 0);
});
