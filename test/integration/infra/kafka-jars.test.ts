// Goal: whoever downloads, is killed, or comes second, the cache holds all the jars or none.
// Maven runs for real; what it has fetched before it takes from its own repository.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, utimesSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { canEmbedHere } from '../../../infra/kafka/find.ts';
import { ensureJars } from '../../../infra/kafka/jars.ts';
import { pidsWith } from '../../support/processes.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const skip = (await canEmbedHere(process.env)) ? false : 'needs Java 17 or newer and Maven';
const options = { timeout: 180_000, skip };
const JARS_URL = new URL('../../../infra/kafka/jars.ts', import.meta.url).href;

const hasKafka = (folder: string) =>
  readdirSync(folder).some((jar) => /^kafka_2\.13-.*\.jar$/.test(jar));

test('two downloads at once give one whole folder', options, async (t) => {
  const cache = join(tempDir(t), 'cache');
  const [first, second] = await Promise.all([ensureJars(cache), ensureJars(cache)]);
  assert.equal(first, second);
  assert.ok(hasKafka(first));
  assert.equal(readdirSync(cache).length, 1, 'nothing partial is left');
});

test('a killed download leaves no half folder, no Maven, and no obstacle', options, async (t) => {
  const cache = tempDir(t);
  const script = `import { ensureJars } from '${JARS_URL}'; await ensureJars('${cache}');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  await until(() => readdirSync(cache).some((name) => existsSync(join(cache, name))));
  child.kill('SIGKILL');
  await until(() => pidsWith(cache).length === 0, { describe: () => pidsWith(cache) });
  assert.deepEqual(
    readdirSync(cache).filter((name) => !name.startsWith('partial-')),
    [],
  );
  assert.ok(hasKafka(await ensureJars(cache)));
});

test('what an old killed download left is removed by the next one', options, async (t) => {
  const cache = tempDir(t);
  const abandoned = join(cache, 'partial-abcdef');
  mkdirSync(abandoned);
  const yesterday = Date.now() / 1_000 - 86_400;
  utimesSync(abandoned, yesterday, yesterday);
  await ensureJars(cache);
  assert.equal(existsSync(abandoned), false);
});
