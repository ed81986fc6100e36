import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { formatStorage, newClusterId } from './format-storage.ts';

test("an empty file in place of what Kafka's tool wrote once is not used: the tool is asked", async (t) => {
  const dir = tempDir(t);
  const jars = join(dir, 'jars');
  const node = { id: 1, dir: join(dir, 'node'), port: 9, controllerPort: 10 };
  const format = () =>
    formatStorage({ command: '/bin/false', jars }, node, [node], '127.0.0.1', newClusterId());
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(64)]) {
    writeFileSync(`${jars}.bootstrap.checkpoint`, bytes);
    await assert.rejects(format(), /Kafka cannot use/);
    assert.equal(existsSync(node.dir), false);
  }
  writeFileSync(`${jars}.bootstrap.checkpoint`, 'records');
  await format();
  assert.equal(existsSync(node.dir), true);
});
