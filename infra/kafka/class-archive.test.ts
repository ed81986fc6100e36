import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { classArchive } from './class-archive.ts';

test('Java looks at the bytes of an archive before it uses it', (t) => {
  const path = join(tempDir(t), 'kafka.jsa');
  writeFileSync(path, 'classes');
  const { options } = classArchive(path, {});
  assert.deepEqual(options, [`-XX:SharedArchiveFile=${path}`, '-XX:+VerifySharedSpaces']);
});

test('an archive is taken away when the broker that used it crashes, and stays otherwise', (t) => {
  const path = join(tempDir(t), 'kafka.jsa');
  const ends = [
    { code: 134, signal: null },
    { code: null, signal: 'SIGABRT' },
    { code: 139, signal: null },
    { code: 0, signal: null },
    { code: 1, signal: null },
    { code: 143, signal: null },
    { code: null, signal: 'SIGKILL' },
  ] as const;
  const isThere = ends.map((exit) => {
    writeFileSync(path, 'classes');
    classArchive(path, {}).keep(exit);
    return existsSync(path);
  });
  assert.deepEqual(isThere, [false, false, false, true, true, true, true]);
});

test("there is none beside an archive of the operator's own", (t) => {
  const path = join(tempDir(t), 'kafka.jsa');
  for (const name of ['JDK_JAVA_OPTIONS', 'JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS']) {
    for (const option of ['-XX:SharedArchiveFile=/a.jsa', '-Xshare:off']) {
      assert.deepEqual(classArchive(path, { [name]: `-Xmx1g ${option}` }).options, []);
    }
    assert.equal(classArchive(path, { [name]: '-Xmx1g' }).options.length, 1);
  }
});
