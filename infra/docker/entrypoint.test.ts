import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { CONSUMER_HEAP, PRODUCER_HEAP } from '../roles.ts';

const HEAPS = { producer: PRODUCER_HEAP, consumer: CONSUMER_HEAP, console: [] };

test('a role has the same heap in a container, under npm and under the supervisor', (t) => {
  assert.ok(PRODUCER_HEAP.length > 0 && CONSUMER_HEAP.length > 0);
  const bin = tempDir(t);
  const spy = `#!/bin/sh\n[ "$1" = -p ] && exec ${process.execPath} "$@"\necho "$@"\n`;
  writeFileSync(join(bin, 'node'), spy, { mode: 0o755 });
  const env = { PATH: `${bin}${delimiter}${process.env['PATH']}` };
  for (const [role, heap] of Object.entries(HEAPS)) {
    const words = [...heap, '-r', './infra/check-node.cjs', `${role}/main.ts`, '--help'];
    const started = execFileSync('infra/docker/entrypoint.sh', [role, '--help'], { env });
    assert.equal(String(started), `${words.join(' ')}\n`);
  }
});
