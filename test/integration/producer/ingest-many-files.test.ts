// Small files by the hundred, with a producer process and a real broker: they are read together,
// and what becomes of each is its own.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parseFileProgress } from '../../../common/model/file-progress.ts';
import { fetchHighWatermarks } from '../../../common/kafka/admin/high-watermarks.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const HEADER = 'user_id,alert_message\n';

async function anInbox(t: TestContext) {
  const dataDir = tempDir(t);
  const at = (...parts: string[]) => join(dataDir, ...parts);
  const env = { DATA_DIR: dataDir, PORT: '0', SETTLE_MS: '200' };
  const system = await aDeliverySystem(t, env);
  mkdirSync(at('inbox'), { recursive: true });
  const doneFiles = () => (existsSync(at('done')) ? readdirSync(at('done')).length : 0);
  return { system, at, doneFiles };
}

/** The messages of all rows written, sorted. */
async function messagesOf({ records, names }: DeliverySystem): Promise<string[]> {
  const rows = await records(names.bulkDeliveries);
  const bodies = rows.map(({ value }) => JSON.parse(String(value)) as Record<string, unknown>);
  return bodies.map(({ alertMessage }) => String(alertMessage)).sort();
}

test('hundreds of one-row files share transactions, and bad ones among them spoil no other', async (t) => {
  const { system, at, doneFiles } = await anInbox(t);
  const files = 300;
  const isBad = (n: number) => n % 50 === 7;
  const nameOf = (n: number) => `f${String(n).padStart(3, '0')}.csv`;
  for (let n = 0; n < files; n += 1) {
    const header = isBad(n) ? 'some,thing\n' : HEADER;
    writeFileSync(at('inbox', nameOf(n)), `${header}u${n},message ${n}\n`);
  }
  const producer = system.start('producer');
  const numbers = Array.from({ length: files }, (_, n) => n);
  const bad = numbers.filter(isBad);
  const isOver = () =>
    doneFiles() === files - bad.length &&
    bad.every((n) => existsSync(at('failed', `${nameOf(n)}.error.json`)));
  await until(isOver, { timeoutMs: 120_000, describe: () => producer.output().slice(-2_000) });
  const expected = numbers.filter((n) => !isBad(n)).map((n) => `message ${n}`);
  assert.deepEqual(await messagesOf(system), expected.sort());
  // The offsets that hold no record are ends of transactions.
  const { kafka, names, records } = system;
  const written = [...(await fetchHighWatermarks(kafka, names.fileProgress)).values()];
  const ends = written.reduce((sum, { high }) => sum + high, 0);
  const transactions = ends - (await records(names.fileProgress)).length;
  assert.ok(transactions < files / 3, `${transactions} transactions for ${files} files`);
});

test('of equal files that are read together one is delivered, and no run is begun again', async (t) => {
  const { system, at, doneFiles } = await anInbox(t);
  const files = 100;
  for (let n = 0; n < files; n += 1) {
    writeFileSync(at('inbox', `f${n}.csv`), `${HEADER}u1,${n % 2 === 0 ? 'even' : 'odd'}\n`);
  }
  const producer = system.start('producer', { ON_SAME_CONTENT: 'skip' });
  const describe = () => producer.output().slice(-2_000);
  await until(() => doneFiles() === files, { timeoutMs: 120_000, describe });
  assert.deepEqual(await messagesOf(system), ['even', 'odd']);
  const newest = new Map<string, number>();
  for (const { value } of await system.records(system.names.fileProgress)) {
    const progress = parseFileProgress(String(value));
    if (progress?.state === 'done') newest.set(progress.id, progress.rows);
  }
  const rows = [...newest.values()].sort((a, b) => b - a);
  assert.deepEqual(rows, [1, 1, ...Array.from({ length: files - 2 }, () => 0)]);
  assert.doesNotMatch(producer.output(), /file\.interrupted/);
});
