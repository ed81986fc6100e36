import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileProgress } from '../../../common/file-progress.ts';
import { contentVerdict, earliestOf } from './same-content.ts';

const resume = { line: 2, rejectedFile: null, rejectedBytes: 0, otherHeaderLine: null };
const skipped = [{ code: 'same_content_skipped' as const, message: 'same' }];

function aFile(id: string, change: Partial<FileProgress> = {}): FileProgress {
  const nothing = { bytes: 9, bytesRead: 0, rows: 0, rejected: 0, warnings: [] };
  return {
    ...{ id, name: `${id}.csv`, state: 'reading', startedAt: null, finishedAt: null },
    ...nothing,
    ...change,
  };
}

const cases: readonly [title: string, others: FileProgress[], verdict: string][] = [
  ['nothing else', [], 'first'],
  ['a file that is done', [aFile('A', { state: 'done' })], 'same A'],
  ['a later file that is done', [aFile('Z', { state: 'done' })], 'same Z'],
  ['a later file of which rows are delivered', [aFile('Z', { resume })], 'same Z'],
  ['an earlier file that is about to decide', [aFile('A')], 'same A'],
  ['a later file that is about to decide', [aFile('Z')], 'wait Z'],
  ['a file that failed', [aFile('A', { state: 'failed', resume })], 'first'],
  ['a file that was passed over', [aFile('A', { state: 'done', warnings: skipped })], 'first'],
  ['one done after an undecided one', [aFile('A'), aFile('C', { state: 'done' })], 'same C'],
];
for (const [title, others, verdict] of cases) {
  test(`beside ${title} the verdict on file M is ${verdict}`, () => {
    const found = contentVerdict('M', others);
    const about =
      found.kind === 'same' ? ` ${found.as.id}` : found.kind === 'wait' ? ` ${found.for.id}` : '';
    assert.equal(found.kind + about, verdict);
  });
}

test('of files that see each other exactly one is delivered, and somebody always goes on', () => {
  const ids = ['A', 'B', 'C'];
  let files = ids.map((id) => aFile(id));
  for (let round = 0; round < 3; round += 1) {
    files = files.map((file) => {
      if (file.state === 'done' || file.resume) return file;
      const verdict = contentVerdict(
        file.id,
        files.filter(({ id }) => id !== file.id),
      );
      if (verdict.kind === 'wait') return file;
      if (verdict.kind === 'first') return { ...file, resume };
      return { ...file, state: 'done' as const, warnings: skipped };
    });
  }
  assert.deepEqual(
    files.map(({ resume: delivered }) => delivered !== undefined),
    [true, false, false],
  );
});

test('the earliest file that was delivered is named', () => {
  const others = [aFile('C', { state: 'done' }), aFile('A', { state: 'failed' }), aFile('B')];
  assert.equal(earliestOf(others)?.id, 'B');
  assert.equal(earliestOf([]), undefined);
});
