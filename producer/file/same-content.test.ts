import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { contentVerdict, earliestOf } from './same-content.ts';

const resume = { line: 2, rejectedFile: null, rejectedBytes: 0, otherHeaderLine: null };
const refused = { code: 'object_refused', message: 'InvalidObjectState' } as const;
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
  ['a later file that is being read', [aFile('Z', { resume })], 'withdraw Z'],
  ['an earlier file that is being read', [aFile('A', { resume })], 'withdraw A'],
  ['an earlier file that claims the content', [aFile('A')], 'withdraw A'],
  ['a later file that claims the content', [aFile('Z')], 'wait Z'],
  ['a file that has withdrawn', [aFile('A', { state: 'queued' })], 'first'],
  ['a file that S3 refuses for now', [aFile('A', { resume, error: refused })], 'first'],
  ['a file that failed', [aFile('A', { state: 'failed', resume })], 'first'],
  [
    'a file that was cancelled',
    [aFile('A', { state: 'done', resume, cancelledAt: '2026-11-30T12:00:00Z' })],
    'first',
  ],
  ['a file that was passed over', [aFile('A', { state: 'done', warnings: skipped })], 'first'],
  ['one done after an undecided one', [aFile('A'), aFile('C', { state: 'done' })], 'same C'],
];
for (const [title, others, verdict] of cases) {
  test(`beside ${title} the verdict on file M is ${verdict}`, () => {
    const found = contentVerdict('M', others);
    const other = found.kind === 'same' ? found.as : found.kind === 'first' ? null : found.for;
    assert.equal(other ? `${found.kind} ${other.id}` : found.kind, verdict);
  });
}

test('the earliest file that was delivered is named', () => {
  const others = [aFile('C', { state: 'done' }), aFile('A', { state: 'failed' }), aFile('B')];
  assert.equal(earliestOf(others)?.id, 'B');
  assert.equal(earliestOf([]), undefined);
});
