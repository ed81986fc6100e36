// Goal: a process that finds itself broken ends, whatever it hangs on, so that another can begin.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { startTool } from '../../support/run-tool.ts';
import { tempDir } from '../../support/temp-dir.ts';

const RUN_ROLE = new URL('../../../common/process/run-role.ts', import.meta.url).href;
const options = { timeout: 60_000 };

/** Runs a role to its end. */
async function runRole(t: TestContext, start: string) {
  const file = join(tempDir(t), 'main.mjs');
  writeFileSync(
    file,
    `import { runRole } from '${RUN_ROLE}';
    await runRole('broken', async ({ open, fail }) => { ${start} });`,
  );
  const { ended, output } = startTool(t, file, [], {});
  return { code: await ended, output: output() };
}

const HANG = 'new Promise(() => undefined)';

// Side by side, because each of them mostly waits.
describe('a fault', { concurrency: true }, () => {
  test('after the start closes in order', options, async (t) => {
    const closes = "open.defer(() => console.log('closed'));";
    const { code, output } = await runRole(t, `${closes} setTimeout(() => fail('broken'), 50);`);
    assert.equal(code, 1, output);
    assert.match(output, /process\.failed[^]*closed[^]*process\.stopped/);
  });

  test('during a start that hangs ends it', options, async (t) => {
    const { code, output } = await runRole(
      t,
      `setTimeout(() => fail('broken'), 50); await ${HANG};`,
    );
    assert.equal(code, 1, output);
    assert.match(output, /process\.failed[^]*process\.stopped/);
  });

  test('ends a process that cannot close', options, async (t) => {
    const { code, output } = await runRole(t, `open.defer(() => ${HANG}); fail('broken');`);
    assert.equal(code, 1, output);
    assert.doesNotMatch(output, /process\.stopped/);
  });
});
