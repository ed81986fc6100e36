// Goal: with ON_SAME_CONTENT=skip one file of each content is delivered whole, whatever fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import { KnownContents } from './known-contents.ts';
import { SameContentBeingRead, recogniseContent } from './recognise-content.ts';

const resume = { line: 2, rejectedFile: null, rejectedBytes: 0, otherHeaderLine: null };
const idOf = (name: string) => `01ARZ3NDEKTSV4RRFFQ69G5FA${name}`;

/** Files of one content, whose progress is seen by all when it is written. */
function files(...names: readonly string[]) {
  const progress = new Map<string, FileProgress>();
  const listeners: ((id: string, file: FileProgress) => void)[] = [];
  const table = {
    entries: () => progress.entries(),
    get: (id: string) => progress.get(id),
    onChange: (listener: (id: string, file: FileProgress) => void) => listeners.push(listener),
    caughtUp: () => Promise.resolve(),
  } as unknown as CompactedTable<FileProgress>;
  const contents = new KnownContents(table);
  const write = (file: FileProgress) => {
    progress.set(file.id, file);
    for (const listener of listeners) listener(file.id, file);
    return Promise.resolve();
  };
  for (const name of names) {
    progress.set(idOf(name), {
      ...{ id: idOf(name), name, state: 'queued', sha256: 'same', bytes: 9, bytesRead: 0 },
      ...{ rows: 0, rejected: 0, startedAt: null, finishedAt: null, warnings: [] },
    });
  }
  const of = (name: string) => progress.get(idOf(name)) as FileProgress;
  return {
    of,
    change: (name: string, change: Partial<FileProgress>) => write({ ...of(name), ...change }),
    /** Looks at a file once more and returns how the file is treated. */
    look: async (name: string): Promise<'read' | 'passed over' | 'waits'> => {
      try {
        const file = await recogniseContent(of(name), { contents, onSameContent: 'skip', write });
        if (file.state === 'done') await write(file);
        return file.state === 'done' ? 'passed over' : 'read';
      } catch (error) {
        assert.ok(error instanceof SameContentBeingRead);
        return 'waits';
      }
    },
  };
}

test('a file that came second is delivered when the first fails, before its first row or after', async () => {
  for (const begun of [{}, { resume }]) {
    const { look, change } = files('A', 'B');
    assert.equal(await look('A'), 'read');
    await change('A', begun);
    assert.equal(await look('B'), 'waits');
    await change('A', { state: 'failed' });
    assert.equal(await look('B'), 'read');
  }
});

test('a file that came second is passed over once the first is done', async () => {
  const { look, change } = files('A', 'B');
  assert.equal(await look('A'), 'read');
  assert.equal(await look('B'), 'waits');
  await change('A', { state: 'done', resume });
  assert.equal(await look('B'), 'passed over');
});

test('of files that claim their content at once one is read, and the others are passed over', async () => {
  const { of, look, change } = files('A', 'B', 'C');
  // Each has written its claim before any of them looked.
  for (const name of ['A', 'B', 'C']) await change(name, { state: 'reading' });
  assert.deepEqual(
    [await look('A'), await look('C'), await look('B')],
    ['waits', 'waits', 'waits'],
  );
  // The others have made way, and do not claim the content again meanwhile.
  assert.deepEqual([await look('C'), await look('B')], ['waits', 'waits']);
  assert.deepEqual([of('A').state, of('B').state, of('C').state], ['reading', 'queued', 'queued']);
  assert.equal(await look('A'), 'read');
  await change('A', { state: 'done', resume });
  assert.deepEqual([await look('B'), await look('C')], ['passed over', 'passed over']);
});

test('a later file that has begun before it could see the earlier one is not disturbed', async () => {
  const { look, change } = files('A', 'B');
  assert.equal(await look('B'), 'read');
  assert.equal(await look('A'), 'waits');
  await change('B', { resume });
  assert.equal(await look('A'), 'waits');
  await change('B', { state: 'failed' });
  assert.equal(await look('A'), 'read');
});
