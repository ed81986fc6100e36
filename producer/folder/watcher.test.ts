import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicFactory } from 'ulid';
import { dataDirs, makeDataDirs } from '../../common/config/data-dirs.ts';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import type { LeftEntry } from '../../common/model/inbox-state.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { Announcement } from '../file/announcement.ts';
import { claimedName } from '../../common/model/file-names.ts';
import { FolderWatcher } from './watcher.ts';

const SETTLE_MS = 100;
const logger = createLogger('test', 'silent');

const stacks = new WeakMap<DataDirs, AsyncDisposableStack>();

/** Fresh folders, removed when everything that was opened on them is closed. */
async function useDirs(t: TestContext): Promise<DataDirs> {
  const root = await mkdtemp(join(tmpdir(), 'hookline-inbox-'));
  const open = new AsyncDisposableStack();
  open.defer(() => rm(root, { recursive: true }));
  t.after(() => open.disposeAsync());
  const dirs = dataDirs(root);
  makeDataDirs(dirs);
  stacks.set(dirs, open);
  return dirs;
}

function watchInbox(
  dirs: DataDirs,
  change: Partial<ConstructorParameters<typeof FolderWatcher>[0]> = {},
): { readonly announced: Announcement[]; readonly left: () => Record<string, string> } {
  const announced: Announcement[] = [];
  let reported: readonly LeftEntry[] = [];
  const watcher = new FolderWatcher({
    dirs,
    settleMs: SETTLE_MS,
    unfinishedWaitMs: SETTLE_MS,
    tailBytes: 1_000,
    newId: monotonicFactory(),
    announce: (file) => Promise.resolve(void announced.push(file)),
    hasProgress: () => false,
    report: (state) => (reported = state.leftInInbox),
    logger,
    ...change,
  });
  watcher.start();
  stacks.get(dirs)?.defer(() => watcher.close());
  // By name, why it is left.
  const left = () => Object.fromEntries(reported.map(({ name, code }) => [name, code]));
  return { announced, left };
}

async function until(condition: () => boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'not in time');
    await sleep(10);
  }
}

const namesOf = (files: readonly Announcement[]) => files.map(({ name }) => name).sort();

test('a file present before the start, one dropped later and one renamed from .part are taken', async (t) => {
  const dirs = await useDirs(t);
  await writeFile(join(dirs.inbox, 'before.csv'), 'abc');
  const { announced } = watchInbox(dirs);
  await until(() => announced.length === 1);
  await writeFile(join(dirs.inbox, 'later.csv'), 'abcdef');
  await writeFile(join(dirs.inbox, 'whole.csv.part'), 'x');
  await until(() => announced.length === 2);
  await sleep(3 * SETTLE_MS);
  await rename(join(dirs.inbox, 'whole.csv.part'), join(dirs.inbox, 'whole.csv'));
  await until(() => announced.length === 3);
  assert.deepEqual(namesOf(announced), ['before.csv', 'later.csv', 'whole.csv']);
  for (const { id, name, bytes } of announced) {
    const text = await readFile(join(dirs.processing, claimedName(id, name)), 'utf8');
    assert.equal(text.length, bytes);
  }
  assert.deepEqual(await readdir(dirs.inbox), []);
});

test('what is no finished file of ours stays where it is, and is named with the reason', async (t) => {
  const dirs = await useDirs(t);
  const names = [
    'a.part',
    'b.tmp',
    '.c.csv',
    'd.csv.rejected.csv',
    'e.csv~',
    'f.csv',
    'f.csv.aria2',
  ];
  for (const name of names) await writeFile(join(dirs.inbox, name), 'x');
  await mkdir(join(dirs.inbox, 'folder.csv'));
  await symlink(join(dirs.inbox, 'a.part'), join(dirs.inbox, 'link.csv'));
  const { announced, left } = watchInbox(dirs);
  await writeFile(join(dirs.inbox, 'taken.CSV'), 'x');
  await until(() => announced.length > 0 && Object.keys(left()).length === names.length + 2);
  assert.deepEqual(namesOf(announced), ['taken.CSV']);
  assert.deepEqual((await readdir(dirs.inbox)).sort(), [...names, 'folder.csv', 'link.csv'].sort());
  assert.deepEqual(left(), {
    ...{ 'a.part': 'other_ending', 'b.tmp': 'other_ending', 'e.csv~': 'other_ending' },
    ...{ 'f.csv.aria2': 'other_ending', 'f.csv': 'control_file', '.c.csv': 'hidden' },
    ...{ 'd.csv.rejected.csv': 'rejected_rows', 'link.csv': 'not_a_file' },
    'folder.csv': 'not_a_file',
  });
  // Its download has ended.
  await rm(join(dirs.inbox, 'f.csv.aria2'));
  await until(() => announced.length === 2);
  await until(() => !('f.csv' in left()));
});

test('a file whose last line has no end rests longer, and is taken soon after it has got it', async (t) => {
  const dirs = await useDirs(t);
  const cut = ['line.csv', 'quote.csv', 'empty.csv'];
  await writeFile(join(dirs.inbox, 'line.csv'), 'u1,a\nu2,b');
  await writeFile(join(dirs.inbox, 'quote.csv'), 'u1,a\nu2,"b\n');
  await writeFile(join(dirs.inbox, 'empty.csv'), '');
  await writeFile(join(dirs.inbox, 'whole.csv'), 'u1,a\nu2,"b\n"\n');
  const { announced, left } = watchInbox(dirs, { unfinishedWaitMs: 3_600_000 });
  await until(() => announced.length === 1 && Object.keys(left()).length === 3);
  assert.deepEqual(Object.values(left()), Array(3).fill('last_line_unfinished'));
  assert.deepEqual(namesOf(announced), ['whole.csv']);
  await appendFile(join(dirs.inbox, 'line.csv'), '\n');
  await appendFile(join(dirs.inbox, 'quote.csv'), '"\n');
  await appendFile(join(dirs.inbox, 'empty.csv'), 'u1,a\n');
  await until(() => announced.length === 4);
  assert.deepEqual(namesOf(announced), [...cut, 'whole.csv'].sort());
});

test('a file whose last line never gets its end is taken in the end', async (t) => {
  const dirs = await useDirs(t);
  await writeFile(join(dirs.inbox, 'cut.csv'), 'u1,a\nu2,b');
  const { announced, left } = watchInbox(dirs, { unfinishedWaitMs: 15 * SETTLE_MS });
  await until(() => left()['cut.csv'] === 'last_line_unfinished');
  await until(() => announced.length === 1);
  assert.deepEqual(left(), {});
});

test('a file that is appended to is not taken before the last append has rested', async (t) => {
  const dirs = await useDirs(t);
  // Long, so that a machine which stands still for a moment does not make a pause of it.
  const settleMs = 1_000;
  const { announced } = watchInbox(dirs, { settleMs });
  const path = join(dirs.inbox, 'log.csv');
  for (let part = 0; part < 20; part++) {
    await appendFile(path, 'x');
    assert.equal(announced.length, 0);
    await sleep(settleMs / 10);
  }
  await until(() => announced.length === 1);
  assert.equal(announced[0]?.bytes, 20);
});

const onLinux = { skip: process.platform === 'linux' ? false : 'needs /proc' };

test('a file held open for writing is not taken, however long it rests', onLinux, async (t) => {
  const dirs = await useDirs(t);
  const { announced } = watchInbox(dirs);
  const shell = spawn('sh', [
    '-c',
    'exec 3>"$0"; echo abc >&3; echo ready; read line; echo de >&3',
    join(dirs.inbox, 'slow.csv'),
  ]);
  await once(shell.stdout, 'data');
  await sleep(10 * SETTLE_MS);
  assert.equal(announced.length, 0);
  shell.stdin.end('\n');
  await until(() => announced.length === 1);
  assert.equal(announced[0]?.bytes, 7);
});

test(
  'a file opened for writing just before the claim is announced only when closed',
  onLinux,
  async (t) => {
    const dirs = await useDirs(t);
    const claimed = join(
      dirs.processing,
      claimedName(monotonicFactory()(Date.now() - 60_000), 'x.csv'),
    );
    await writeFile(claimed, 'abc');
    const writer = await open(claimed, 'a');
    const { announced } = watchInbox(dirs);
    await sleep(5 * SETTLE_MS);
    assert.equal(announced.length, 0);
    await writer.close();
    await until(() => announced.length === 1);
  },
);

test('of two processes on one inbox exactly one takes each file', async (t) => {
  const dirs = await useDirs(t);
  const all = Array.from({ length: 200 }, (_, n) => `file-${String(n).padStart(3, '0')}.csv`);
  for (const name of all) await writeFile(join(dirs.inbox, name), name);
  const one = watchInbox(dirs);
  const two = watchInbox(dirs);
  await until(() => one.announced.length + two.announced.length >= all.length);
  await sleep(3 * SETTLE_MS);
  assert.deepEqual(namesOf([...one.announced, ...two.announced]), all);
});

test('odd names survive, too long ones are shortened, invalid UTF-8 is replaced', async (t) => {
  const dirs = await useDirs(t);
  const odd = [
    'two\nlines.csv',
    'Grüße 🎉.csv',
    '%41 "q" \'s\'.csv',
    '-rf.csv',
    ' blank .csv',
    '\\x.csv',
  ];
  for (const name of odd) await writeFile(join(dirs.inbox, name), 'x');
  await writeFile(join(dirs.inbox, 'l'.repeat(251) + '.csv'), 'x');
  const invalid = [0xff, 0xfe].map((byte) => Buffer.from([byte, ...Buffer.from('.csv')]));
  for (const name of invalid)
    await writeFile(Buffer.concat([Buffer.from(`${dirs.inbox}/`), name]), 'x');
  const { announced } = watchInbox(dirs);
  await until(() => announced.length === odd.length + 3);
  const expected = [...odd, 'l'.repeat(176) + '.csv', '\ufffd.csv', '\ufffd.csv'];
  assert.deepEqual(namesOf(announced), expected.sort());
  for (const { id, name } of announced)
    await readFile(join(dirs.processing, claimedName(id, name)));
});

test('an announcement that fails is made again, and one lost in a crash after its time', async (t) => {
  const dirs = await useDirs(t);
  const idAt = monotonicFactory();
  const lost = idAt(Date.now() - 60_000);
  const fresh = idAt(Date.now() + 60_000);
  await writeFile(join(dirs.processing, claimedName(lost, 'lost.csv')), 'x');
  await writeFile(join(dirs.processing, claimedName(fresh, 'fresh.csv')), 'x');
  await writeFile(join(dirs.processing, 'not-ours.csv'), 'x');
  await writeFile(join(dirs.inbox, 'x.csv'), 'x');
  const tries = new Map([
    ['lost.csv', 0],
    ['x.csv', 0],
  ]);
  watchInbox(dirs, {
    announce: ({ name }) => {
      const count = (tries.get(name) ?? 0) + 1;
      tries.set(name, count);
      return count <= 2 ? Promise.reject(new Error('no broker')) : Promise.resolve();
    },
  });
  await until(() => [...tries.values()].every((count) => count >= 3));
  await sleep(500);
  // Nothing is announced after it succeeded, and what others claimed just now is theirs.
  assert.deepEqual(Object.fromEntries(tries), { 'lost.csv': 3, 'x.csv': 3 });
});

test('folders removed while they are watched are made again and work', async (t) => {
  const dirs = await useDirs(t);
  const { announced } = watchInbox(dirs);
  await rm(dirs.inbox, { recursive: true });
  await rm(dirs.processing, { recursive: true });
  await until(() => existsSync(dirs.inbox) && existsSync(dirs.processing));
  await writeFile(join(dirs.inbox, 'x.csv'), 'x');
  await until(() => announced.length === 1);
});
