import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInbox } from '../../common/model/bucket-inbox.ts';
import type { BucketInbox } from '../../common/model/bucket-inbox.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { queuedProgress } from '../file/progress-record.ts';
import { findSetAside } from './set-aside.ts';

const INBOXES = [parseInbox('s3://alerts/in') as BucketInbox];
const OBJECT = { bucket: 'alerts', key: 'in/a/x.csv', etag: '"1"' };
const FILE = { id: 'A', name: 'x.csv', bytes: 7, object: OBJECT };
const queued = queuedProgress(FILE);
const error = { code: 'object_refused', message: 'InvalidObjectState' } as const;
const warnings = [{ code: 'object_not_moved' as const, message: 'AccessDenied' }];

const cases: readonly [title: string, progress: FileProgress, reason: RegExp | null][] = [
  ['waits for its turn', queued, null],
  ['is refused', { ...queued, error }, /^InvalidObjectState$/],
  ['is refused in its middle', { ...queued, state: 'reading', error }, /^InvalidObjectState$/],
  ['was read and is not moved', { ...queued, state: 'done', warnings }, /not moved.*AccessDenied/],
  ['was read and moved', { ...queued, state: 'done' }, null],
  ['failed', { ...queued, state: 'failed', error: { ...error, code: 'wrong_header' } }, null],
  ['is refused, and lies in no inbox', { ...queued, object: 's3://alerts/b/x.csv', error }, null],
  ['is a file of the folder', { ...queuedProgress({ ...FILE, object: undefined }), error }, null],
];
for (const [title, progress, reason] of cases) {
  test(`an object that ${title} is ${reason === null ? 'not ' : ''}set aside`, () => {
    const [found] = findSetAside([[progress.id, progress]], INBOXES);
    assert.deepEqual(found?.file, reason === null ? undefined : FILE);
    if (reason !== null) assert.match(String(found?.reason.message), reason);
  });
}
