import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pidsWith } from '../../test/support/processes.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { startChild } from './child.ts';

// Its watcher is killed when the process ends, and takes a moment to go.
test('a process has ended when what watches over it is gone as well', async (t) => {
  // Into a file: nothing that has to be read to its end delays the news.
  const dir = tempDir(t);
  const output = openSync(join(dir, 'output'), 'w');
  t.after(() => closeSync(output));
  for (let round = 0; round < 10; round += 1) {
    const mark = join(dir, `round-${round}`);
    const child = startChild({ command: 'true', args: [mark], graceMs: 5_000, output });
    assert.deepEqual(await child.exited, { code: 0, signal: null });
    assert.deepEqual(pidsWith(mark), []);
  }
});
