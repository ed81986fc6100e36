// Producers that die in the middle of a file: every row is in the topic exactly once.
import assert from 'node:assert/strict';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { TestContext } from 'node:test';
import { parseFileRowId } from '../../../common/model/delivery.ts';
import { parseFileProgress } from '../../../common/model/file-progress.ts';
import { openCompactedTable } from '../../../common/kafka/consume/compacted-table.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

async function aFolder(t: TestContext, env: Record<string, string> = {}) {
  const dataDir = tempDir(t);
  const system = await aDeliverySystem(t, {
    DATA_DIR: dataDir,
    PORT: '0',
    SETTLE_MS: '100',
    ...env,
  });
  const at = (...parts: string[]) => join(dataDir, ...parts);
  await mkdir(at('inbox'), { recursive: true });
  return { system, at };
}

/** Every bad row is one that lacks its message; the others say their number. */
async function writeRows(
  path: string,
  rows: number,
  isBad: (row: number) => boolean = () => false,
) {
  const file = createWriteStream(path);
  file.write('user_id,alert_message\n');
  for (let row = 1; row <= rows; row += 1) {
    const line = isBad(row) ? `user-${row % 1_000},\n` : `user-${row % 1_000},row ${row}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

/** The same rows as JSON lines; a bad one has no message at all. */
function jsonLines(rows: number, isBad: (row: number) => boolean): string {
  let text = '';
  for (let row = 1; row <= rows; row += 1) {
    const message = isBad(row) ? '' : `,"alert_message":"row ${row}"`;
    text += `{"user_id":"u${row % 1_000}"${message}}\n`;
  }
  return text;
}

/** Row numbers by file, in the order of the log; read-committed. */
async function rowsInTopic({ records, names }: DeliverySystem) {
  const rows = new Map<string, number[]>();
  for (const { headers, value } of await records(names.bulkDeliveries)) {
    const id = parseFileRowId(String(headers['webhook-id']));
    assert.ok(id);
    assert.equal(JSON.parse(String(value)).alertMessage, `row ${id.row}`);
    const seen = rows.get(id.fileId);
    if (seen) seen.push(id.row);
    else rows.set(id.fileId, [id.row]);
  }
  return rows;
}

const NONE = { missing: [], repeated: [], unexpected: [] };

/** Some of the rows that are wrong: a whole difference of so many rows takes minutes to print. */
function missingAndRepeated(seen: readonly number[], expected: readonly number[]) {
  const counts = new Map<number, number>();
  for (const row of seen) counts.set(row, (counts.get(row) ?? 0) + 1);
  const wanted = new Set(expected);
  const some = (rows: readonly number[]) => rows.slice(0, 5);
  return {
    missing: some(expected.filter((row) => !counts.has(row))),
    repeated: some([...counts.keys()].filter((row) => (counts.get(row) ?? 0) > 1)),
    unexpected: some([...counts.keys()].filter((row) => !wanted.has(row))),
  };
}

/** The progress of all files, live: a test kills as soon as it sees a transaction. */
async function watchProgress(t: TestContext, { kafka, names }: DeliverySystem) {
  const table = await openCompactedTable({
    kafka,
    topic: names.fileProgress,
    parse: parseFileProgress,
    logger: createLogger('test', 'silent'),
    onFatal: (error) => {
      throw error;
    },
  });
  t.after(() => table.close());
  return () => [...table.entries()].reduce((sum, [, { rows }]) => sum + rows, 0);
}

/** Random numbers that a failure can be repeated with: TEST_SEED. */
function seeded(t: TestContext): () => number {
  let state = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
  t.diagnostic(`TEST_SEED=${state}`);
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 2 ** 31;
  };
}

test('kill -9 five times in two files, one of them compressed: each row once, each rejected row once', async (t) => {
  const { system, at } = await aFolder(t);
  const rows = 75_000;
  const isBad = (row: number) => row % 1_000 === 7;
  await writeRows(at('inbox', 'a.csv'), rows, isBad);
  await writeFile(at('inbox', 'b.jsonl.gz'), gzipSync(jsonLines(rows, isBad)));
  const committedRows = await watchProgress(t, system);
  const random01 = seeded(t);
  for (let kill = 1; kill <= 5; kill += 1) {
    const before = committedRows();
    const producer = system.start('producer');
    await until(() => committedRows() > before, { everyMs: 1, describe: () => producer.output() });
    // Anywhere in the transactions that follow.
    await sleep(random01() * 300);
    await producer.end('SIGKILL');
    t.diagnostic(`kill ${kill}: ${committedRows()} of ${2 * rows} rows committed`);
  }
  assert.ok(committedRows() < 2 * rows, 'the last kill came before the end');
  system.start('producer');
  const names = ['a.csv', 'b.jsonl.gz'];
  await until(() => names.every((name) => existsSync(at('done', name))), { timeoutMs: 60_000 });

  const expected = Array.from({ length: rows }, (_, n) => n + 1).filter((row) => !isBad(row));
  const seen = [...(await rowsInTopic(system)).values()];
  assert.equal(seen.length, 2);
  for (const numbers of seen) assert.deepEqual(missingAndRepeated(numbers, expected), NONE);
  // Line 1 is the header, so row n is in line n + 1.
  const bad = Array.from({ length: rows }, (_, n) => n + 1).filter(isBad);
  assert.equal(
    await readFile(at('done', 'a.csv.rejected.csv'), 'utf8'),
    'line,reason,raw\n' +
      bad.map((row) => `${row + 1},"alert_message is empty","user-${row % 1_000},"\n`).join(''),
  );
  assert.equal(
    await readFile(at('done', 'b.jsonl.gz.rejected.csv'), 'utf8'),
    'line,reason,raw\n' +
      bad.map((row) => `${row},"no alert_message","{""user_id"":""u${row % 1_000}""}"\n`).join(''),
  );
  assert.deepEqual(await readdir(at('processing')), []);
});

test('two producers on one inbox with 50 files, one of them killed: each row once', async (t) => {
  const { system, at } = await aFolder(t);
  const files = 50;
  const rows = 1_000;
  const first = system.start('producer');
  const second = system.start('producer');
  await until(() => [first, second].every((one) => one.output().includes('producer.started')));
  for (let file = 0; file < files; file += 1) {
    await writeRows(at('inbox', `f${file}.part`), rows);
    await writeFile(at('inbox', `g${file}.tmp`), 'user_id,alert_message\nnever,read\n');
    await rename(at('inbox', `f${file}.part`), at('inbox', `f${file}.csv`));
    if (file !== 20) continue;
    await until(() => first.output().includes('file.reading'));
    await first.end('SIGKILL');
  }
  await until(async () => (await readdir(at('done')).catch(() => [])).length === files, {
    timeoutMs: 90_000,
    everyMs: 200,
  });
  const seen = await rowsInTopic(system);
  assert.equal(seen.size, files);
  const all = Array.from({ length: rows }, (_, n) => n + 1);
  for (const numbers of seen.values()) {
    assert.deepEqual(missingAndRepeated(numbers, all), NONE);
  }
  const left = await readdir(at('inbox'));
  assert.equal(left.filter((name) => name.endsWith('.tmp')).length, files);
});
