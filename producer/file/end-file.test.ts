import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { dataDirs, makeDataDirs } from '../../common/config/data-dirs.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { CompactedTable, OutgoingRecord } from '../../common/kafka/ports.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { ingestFile } from './ingest-file.ts';
import { KnownContents } from './known-contents.ts';
import { UnfitFileError } from './unfit-file.ts';

const TEXT = Buffer.from('user_id,alert_message\nu,m\n');
const OBJECT = { bucket: 'alerts', key: 'in/x.csv', etag: '"1"' };
const FILE = {
  id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  name: 'x.csv',
  bytes: TEXT.length,
  object: OBJECT,
};
const refusal = () => new UnfitFileError('object_refused', 'InvalidObjectState');
const table = { entries: () => [], onChange: () => {}, caughtUp: () => Promise.resolve() };

/** An owner of one object that a bucket gives and moves, or refuses, as `refuses` says. */
function anOwner(t: TestContext) {
  const dirs = dataDirs(tempDir(t));
  makeDataDirs(dirs);
  const written: OutgoingRecord[] = [];
  const refuses = { open: false, archive: false };
  const store = {
    open: () =>
      refuses.open
        ? Promise.reject(refusal())
        : Promise.resolve({
            bytes: TEXT.length,
            read: (to: Buffer, at: number) => Promise.resolve(TEXT.copy(to, 0, at)),
            close: () => Promise.resolve(),
          }),
    archive: () => (refuses.archive ? Promise.reject(refusal()) : Promise.resolve()),
  };
  const session = {
    write: (records: readonly OutgoingRecord[]) => Promise.resolve(void written.push(...records)),
    mayGoOn: () => Promise.resolve(true),
  };
  let saved: FileProgress | undefined;
  /** Brings the file to its end, as far as that is possible. */
  const ingest = async () => {
    const end = await ingestFile(FILE, saved, session, {
      ...{ dirs, storeOf: () => store, deliveriesTopic: 'd', progressTopic: 'p', partitions: 1 },
      ...{ fileBytesMax: 1024 ** 2, messageBytesMax: 1_000, onSameContent: 'deliver' },
      ...{ deliveryPartitions: () => 1, limits: { whyTooLarge: () => null } },
      contents: new KnownContents(table as unknown as CompactedTable<FileProgress>),
      logger: createLogger('test', 'silent'),
    });
    const ofFile = written.filter(({ topic }) => topic === 'p');
    saved = JSON.parse(String(ofFile.at(-1)?.value)) as FileProgress;
    return { end, saved, rows: written.length - ofFile.length };
  };
  return { refuses, ingest };
}

test('an object that is refused ends its turn as it is, with the reason, and is read later', async (t) => {
  const { refuses, ingest } = anOwner(t);
  refuses.open = true;
  for (let turn = 1; turn <= 2; turn += 1) {
    const { end, saved, rows } = await ingest();
    assert.deepEqual([end, saved.state, rows], ['ended', 'queued', 0]);
    assert.deepEqual(saved.error, { code: 'object_refused', message: 'InvalidObjectState' });
    assert.equal(saved.etag, OBJECT.etag);
  }
  refuses.open = false;
  const { end, saved, rows } = await ingest();
  assert.deepEqual([end, saved.state, rows, saved.error], ['ended', 'done', 1, undefined]);
});

test('a move that is refused is a warning until it is done, and delivers nothing again', async (t) => {
  const { refuses, ingest } = anOwner(t);
  refuses.archive = true;
  for (let turn = 1; turn <= 2; turn += 1) {
    const { end, saved, rows } = await ingest();
    assert.deepEqual([end, saved.state, rows], ['ended', 'done', 1]);
    const expected = [{ code: 'object_not_moved', message: 'InvalidObjectState' }];
    assert.deepEqual(saved.warnings, expected);
  }
  refuses.archive = false;
  const { end, saved, rows } = await ingest();
  assert.deepEqual([end, saved.state, rows, saved.warnings], ['ended', 'done', 1, []]);
});
