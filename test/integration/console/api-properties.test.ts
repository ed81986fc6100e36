// Goal: whatever is sent to the API, right or wrong, it answers as its own description says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aDeliverySystem } from '../../support/delivery.ts';
import { startFront } from '../../support/front.ts';
import { runSchemathesis, whyNoSchemathesis } from '../../support/schemathesis.ts';
import { tempDir } from '../../support/temp-dir.ts';

const missing = await whyNoSchemathesis();
const title = 'no request gets a 5xx, or an answer that the description does not have';

// CI must not lose it unseen.
const skip = process.env['CI'] ? false : (missing ?? false);

test(missing === null ? title : `${title} (${missing})`, { skip }, async (t) => {
  // No consumer runs: nothing is sent to the targets that are made up.
  const system = await aDeliverySystem(t, { PARTITIONS: '3', API_KEYS: 'key' });
  const { url, producer, console: behind } = await startFront(system);
  const [producerLog, consoleLog] = [producer.output().length, behind.output().length];
  const options = { key: 'key', cwd: tempDir(t), timeoutMs: 300_000 };
  const { passed, report } = await runSchemathesis(url, options);
  assert.ok(passed, report);
  const [, generated = '0'] = /(\d+) generated/.exec(report) ?? [];
  t.diagnostic(`${generated} requests`);
  assert.ok(Number(generated) > 500, report);
  const logged = producer.output().slice(producerLog) + behind.output().slice(consoleLog);
  const failed = logged.split('\n').filter((line) => /request\.failed|process\.failed/.test(line));
  assert.deepEqual(failed, []);
});
