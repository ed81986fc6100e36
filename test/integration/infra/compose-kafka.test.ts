// Goal: without Java, a Docker that answers is asked for the Kafka of docker-compose.kafka.yml.
// The `docker` here is a script that writes down what it is asked; no test can count on a daemon.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { tempDir } from '../../support/temp-dir.ts';

const options = { timeout: 30_000 };

/** Runs `npm run kafka` until it names its brokers or ends, then stops it. */
async function runKafka(t: TestContext, docker: { running?: string; upCode?: number }) {
  const bin = tempDir(t);
  const script = `#!/bin/sh
echo "$@" >> '${bin}/asked'
case "$*" in
  *' ps '*) echo '${docker.running ?? ''}' ;;
  *' up '*) exit ${docker.upCode ?? 0} ;;
esac
`;
  writeFileSync(join(bin, 'docker'), script, { mode: 0o755 });
  const child = spawn(process.execPath, [join('infra', 'kafka', 'main.ts')], {
    env: { PATH: bin, DATA_DIR: bin, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const closed = once(child, 'close') as Promise<[number | null]>;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    said += `${line}\n`;
    if (line.startsWith('KAFKA_BROKERS=')) child.kill('SIGTERM');
  });
  const [code] = await closed;
  const asked = readFileSync(join(bin, 'asked'), 'utf8').replaceAll(/-f \S*\//g, '-f ');
  return { code, said, asked: asked.trim().split('\n') };
}

const FILE = 'compose -f docker-compose.kafka.yml';

test('the container is started, waited for, and stopped at the end', options, async (t) => {
  const { code, said, asked } = await runKafka(t, {});
  assert.equal(code, 0);
  assert.match(said, /^KAFKA_BROKERS=127\.0\.0\.1:9092$/m);
  assert.deepEqual(asked.slice(-3), [
    `${FILE} ps --status running --quiet kafka`,
    `${FILE} up --wait kafka`,
    `${FILE} stop kafka`,
  ]);
});

test('a container that ran before is left running', options, async (t) => {
  const { code, asked } = await runKafka(t, { running: '0f1e2d' });
  assert.equal(code, 0);
  assert.equal(asked.at(-1), `${FILE} up --wait kafka`);
});

test('a container that does not start is said so', options, async (t) => {
  const { code, said } = await runKafka(t, { upCode: 14 });
  assert.equal(code, 1);
  assert.match(said, /could not start Kafka \(exit code 14/);
});
