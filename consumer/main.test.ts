// Goal: a setting that cannot be used ends a process before it opens anything.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

test('a certificate that cannot be read ends consumer and console without Kafka', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookline-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const env = {
    ...process.env,
    ...{ DATA_DIR: dataDir, DELIVERY_TLS_CA: '/none.pem', KAFKA_BROKERS: '127.0.0.1:9' },
  };
  const run = (main: string) =>
    new Promise<string>((resolve) => {
      const child = { env, timeout: 20_000 };
      execFile(process.execPath, [main], child, (_, out, err) => resolve(out + err));
    });
  for (const said of await Promise.all([run('consumer/main.ts'), run('console/main.ts')])) {
    assert.match(said, /DELIVERY_TLS_CA=.{0,4}\/none\.pem/);
    assert.doesNotMatch(said, /127\.0\.0\.1:9\b/);
  }
});
