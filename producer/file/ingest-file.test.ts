import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dataDirs, makeDataDirs } from '../../common/config/data-dirs.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import type { Attributes } from '../../common/tracing/tracing.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import { createLogger } from '../../common/base/logger.ts';
import { createFolderStore } from './folder-store.ts';
import { ingestFile } from './ingest-file.ts';
import { KnownContents } from './known-contents.ts';

const table = { entries: () => [], onChange: () => {}, caughtUp: () => Promise.resolve() };

test('a large file is shown as being read while its content is read for the first time', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'hookline-ingest-'));
  t.after(() => rmSync(root, { recursive: true }));
  const dirs = dataDirs(root);
  makeDataDirs(dirs);
  const file = { id: '01ARZ3NDEKTSV4RRFFQ69G5FAV', name: 'x.csv', bytes: 0 };
  const path = join(dirs.processing, `${file.id}-${file.name}`);
  await writeFile(path, `user_id,alert_message\n${'u,m\n'.repeat(20_000)}`);
  // Zeros that take no room on the disk, behind what is looked at to understand the file.
  await truncate(path, 200 * 1024 ** 2);
  const written: FileProgress[] = [];
  let asked = 0;
  const session = {
    write: (records: readonly { readonly value: unknown }[]) => {
      written.push(...records.map(({ value }) => JSON.parse(String(value)) as FileProgress));
      return Promise.resolve();
    },
    // At the beginning, and then twice on the way.
    mayGoOn: () => Promise.resolve((asked += 1) < 3),
  };
  const end = await ingestFile(file, undefined, session, {
    ...{
      dirs,
      storeOf: () => createFolderStore(dirs),
      deliveriesTopic: 'd',
      progressTopic: 'p',
      partitions: 1,
    },
    ...{ fileBytesMax: 1024 ** 3, messageBytesMax: 1_000, onSameContent: 'skip' },
    ...{ deliveryPartitions: () => 1, limits: { whyTooLarge: () => null } },
    contents: new KnownContents(table as unknown as CompactedTable<FileProgress>),
    logger: createLogger('test', 'silent'),
  });
  assert.equal(end, 'stopped');
  assert.deepEqual(
    written.map(({ state, rows, sha256 }) => [state, rows, sha256]),
    [['reading', 0, undefined]],
  );
});

test('the rows of a batch carry the trace of its span, which ends with its transaction', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'hookline-ingest-'));
  t.after(() => rmSync(root, { recursive: true }));
  const dirs = dataDirs(root);
  makeDataDirs(dirs);
  const file = { id: '01ARZ3NDEKTSV4RRFFQ69G5FAV', name: 'x.csv', bytes: 0 };
  const path = join(dirs.processing, `${file.id}-${file.name}`);
  await writeFile(path, `user_id,alert_message\n${`u,${'m'.repeat(300)}\n`.repeat(10_001)},none\n`);
  const written: OutgoingRecord[] = [];
  const ended: { readonly attributes: Attributes; readonly rowsWritten: number }[] = [];
  const session = {
    write: (records: readonly OutgoingRecord[]) => Promise.resolve(void written.push(...records)),
    mayGoOn: () => Promise.resolve(true),
  };
  let started = 0;
  const rows = () => written.filter(({ topic }) => topic === 'd');
  const tracing = {
    start() {
      const traceparent = `trace-${(started += 1)}`;
      const end = (attributes: Attributes) => {
        ended.push({ attributes, rowsWritten: rows().length });
      };
      return { traceparent, fields: undefined, end };
    },
  };
  const end = await ingestFile(file, undefined, session, {
    ...{
      dirs,
      storeOf: () => createFolderStore(dirs),
      deliveriesTopic: 'd',
      progressTopic: 'p',
      partitions: 1,
      tracing,
    },
    ...{ fileBytesMax: 1024 ** 3, messageBytesMax: 1_000, onSameContent: 'skip' },
    ...{ deliveryPartitions: () => 1, limits: { whyTooLarge: () => null } },
    contents: new KnownContents(table as unknown as CompactedTable<FileProgress>),
    logger: createLogger('test', 'silent'),
  });
  assert.equal(end, 'ended');
  const ofBatch = (trace: string) => rows().filter(({ headers }) => headers.traceparent === trace);
  const first = ofBatch('trace-1').length;
  assert.ok(first > 0 && first < 10_001, String(first));
  assert.equal(first + ofBatch('trace-2').length, 10_001);
  assert.deepEqual(
    ended.map(({ attributes, rowsWritten }) => [
      ...[attributes['messaging.batch.message_count'], attributes['hookline.rows_rejected']],
      rowsWritten,
    ]),
    [
      [first, 0, first],
      [10_001 - first, 1, 10_001],
    ],
  );
});
