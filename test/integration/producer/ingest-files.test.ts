// Files as people drop them: half written, renamed, odd, broken. What becomes of each is what
// docs/files.md says, checked with a producer process and a real broker.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { ulid } from 'ulid';
import { parseFileRowId } from '../../../common/model/delivery.ts';
import { parseFileProgress } from '../../../common/model/file-progress.ts';
import type { FileProgress } from '../../../common/model/file-progress.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { createAnnounce } from '../../../producer/file/announcement.ts';
import { partitionOf } from '../../../common/kafka/produce/partitioner.ts';
import { CORPUS } from '../../support/csv-corpus.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const HEADER = 'user_id,alert_message\n';

async function aProducer(t: TestContext, env: Record<string, string> = {}) {
  const dataDir = tempDir(t);
  const at = (...parts: string[]) => join(dataDir, ...parts);
  const system = await aDeliverySystem(t, {
    DATA_DIR: dataDir,
    PORT: '0',
    SETTLE_MS: '200',
    ...env,
  });
  await mkdir(at('inbox'), { recursive: true });
  const isDone = (name: string) => existsSync(at('done', name));
  const start = () => system.start('producer');
  return { system, at, isDone, start };
}

/** The newest progress of each file, by name. */
async function progressOf({ records, names }: DeliverySystem) {
  const byName = new Map<string, FileProgress>();
  for (const { value } of await records(names.fileProgress)) {
    const progress = parseFileProgress(String(value));
    assert.ok(progress, String(value));
    byName.set(progress.name, progress);
  }
  return byName;
}

interface Delivered {
  readonly row: number;
  readonly body: Record<string, unknown>;
}

/** Returns the deliveries that were written for each file id, in the order of the rows. */
async function deliveredOf({ config, records, names }: DeliverySystem) {
  const byFile = new Map<string, Delivered[]>();
  for (const { key, value, headers, partition } of await records(names.bulkDeliveries)) {
    const id = parseFileRowId(String(headers['webhook-id']));
    assert.ok(id);
    assert.deepEqual(Object.keys(headers), ['webhook-id']);
    const body = JSON.parse(String(value)) as Record<string, unknown>;
    assert.equal(key, body['userId']);
    assert.equal(partition, partitionOf(String(key), config.PARTITIONS));
    const rows = byFile.get(id.fileId) ?? [];
    byFile.set(id.fileId, rows);
    rows.push({ row: id.row, body });
  }
  for (const rows of byFile.values()) rows.sort((a, b) => a.row - b.row);
  return byFile;
}

test('files there before the start, kept open for 10 s, renamed and uploaded are read once whole', async (t) => {
  const { system, at, isDone, start } = await aProducer(t);
  await writeFile(at('inbox', 'before.csv'), `${HEADER}u1,before\n`);
  const producer = start();
  await until(() => isDone('before.csv'), { describe: () => producer.output() });

  // A process that goes on appending to a file, with pauses longer than the settle time.
  const writer = spawn('sh', [
    '-c',
    `exec 3>"$0"; printf '${HEADER.replace('\n', '\\n')}' >&3; ` +
      'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; echo "u$i,part $i" >&3; done; echo end; read x',
    at('inbox', 'open.csv'),
  ]);
  t.after(() => void writer.kill());
  await until(() => existsSync(at('inbox', 'open.csv')));
  await writeFile(at('inbox', 'whole.csv.part'), `${HEADER}u1,half`);
  let isWriterDone = false;
  writer.stdout.on('data', () => (isWriterDone = true));
  while (!isWriterDone) {
    assert.ok(existsSync(at('inbox', 'open.csv')), 'taken while it was being written');
    await sleep(100);
  }
  await sleep(1_000);
  assert.ok(existsSync(at('inbox', 'open.csv')), 'taken while it was open');
  assert.ok(existsSync(at('inbox', 'whole.csv.part')));
  await writeFile(at('inbox', 'whole.csv.part'), `${HEADER}u1,whole\n`);
  await rename(at('inbox', 'whole.csv.part'), at('inbox', 'whole.csv'));
  writer.stdin.end('\n');
  await once(writer, 'exit');
  await until(() => isDone('open.csv') && isDone('whole.csv'));

  const url = /"url":"([^"]+)"/.exec(producer.output())?.[1];
  const form = new FormData();
  // Complete, as its request was: it need not rest because its last line has no end.
  form.append('file', new Blob([`${HEADER}u1,uploaded`]), '../up.csv');
  const answer = await fetch(`${url}/upload`, { method: 'POST', body: form });
  assert.equal(answer.status, 202);
  const { files } = (await answer.json()) as { files: { id: string; name: string }[] };
  await until(() => isDone('up.csv'));

  const delivered = await deliveredOf(system);
  const messages = [...delivered.values()].map((rows) =>
    rows.map(({ body }) => body['alertMessage']),
  );
  const parts = Array.from({ length: 10 }, (_, n) => `part ${n + 1}`);
  assert.deepEqual(messages.sort(), [['before'], parts, ['uploaded'], ['whole']]);
  assert.deepEqual(
    [...(delivered.get(files[0]?.id ?? '') ?? [])].length,
    1,
    'the id of the answer',
  );
});

test('every case of the corpus comes out as documented', async (t) => {
  const { system, at, start } = await aProducer(t, {
    MAX_FILE_BYTES: '4000000',
    MAX_UNFINISHED_LINE_WAIT: '1s',
  });
  for (const [name, [content]] of Object.entries(CORPUS)) writeFileSync(at('inbox', name), content);
  // Columns of any name travel along, as what they are.
  writeFileSync(at('inbox', 'columns.csv'), `${HEADER.trim()},__proto__,note\nu1,a,p,n\n`);
  const producer = start();
  const names = [...Object.keys(CORPUS), 'columns.csv'];
  const isSettled = (name: string) =>
    existsSync(at('done', name)) || existsSync(at('failed', name));
  await until(() => names.every(isSettled), { describe: () => producer.output().slice(-2_000) });
  await until(() => readdirSync(at('processing')).length === 0);

  const progress = await progressOf(system);
  const delivered = await deliveredOf(system);
  const messagesOf = (name: string) =>
    (delivered.get(progress.get(name)?.id ?? '') ?? []).map(({ body }) => body['alertMessage']);
  for (const [name, [content, outcome]] of Object.entries(CORPUS)) {
    const file = progress.get(name);
    assert.ok(file, name);
    const rejected = outcome.rejected ?? [];
    assert.deepEqual(
      { state: file.state, rows: file.rows, rejected: file.rejected },
      { state: outcome.state, rows: outcome.rows, rejected: rejected.length },
      name,
    );
    assert.ok(file.finishedAt, name);
    const warnings = file.warnings.map(({ code }) => code);
    assert.deepEqual(warnings, outcome.warnings ?? [], name);
    assert.deepEqual(messagesOf(name), outcome.messages ?? [], name);
    assert.deepEqual(readFileSync(at(outcome.state, name)), Buffer.from(content), name);
    if (outcome.code !== undefined) {
      assert.equal(file.error?.code, outcome.code, name);
      const report: unknown = JSON.parse(readFileSync(at('failed', `${name}.error.json`), 'utf8'));
      assert.partialDeepStrictEqual(report, { file: name, id: file.id, code: outcome.code });
    } else assert.equal(file.bytesRead, file.bytes, name);
    const rejectedPath = at('done', `${name}.rejected.csv`);
    assert.equal(existsSync(rejectedPath), rejected.length > 0, name);
    const lines = rejected.length > 0 ? readFileSync(rejectedPath, 'utf8').split('\n') : [];
    for (const [index, [line, reason]] of rejected.entries()) {
      assert.match(lines[index + 1] ?? '', new RegExp(`^${line},"[^"]*${reason.source}`), name);
    }
  }
  const [columns] = delivered.get(progress.get('columns.csv')?.id ?? '') ?? [];
  const expected = '{"userId":"u1","alertMessage":"a","__proto__":"p","note":"n"}';
  assert.deepEqual(columns?.body, JSON.parse(expected));
});

test('the same content again is delivered with a warning, or passed over, by any producer', async (t) => {
  const { system, at, isDone, start } = await aProducer(t);
  const text = `${HEADER}u1,a\nu2,b\n`;
  const first = start();
  await writeFile(at('inbox', 'a.csv'), text);
  await until(() => isDone('a.csv'), { describe: () => first.output().slice(-2_000) });
  await writeFile(at('inbox', 'again.csv.gz'), gzipSync(text));
  await until(() => isDone('again.csv.gz'), { describe: () => first.output().slice(-2_000) });
  await first.end('SIGTERM');

  const skip = { ON_SAME_CONTENT: 'skip' };
  const both = [system.start('producer', skip), system.start('producer', skip)];
  const output = () => both.map((one) => one.output().slice(-2_000)).join('\n');
  const copies = Array.from({ length: 6 }, (_, n) => `new${n}.csv`);
  for (const name of copies) await writeFile(at('inbox', name), `${HEADER}u3,new\n`);
  await writeFile(at('inbox', 'third.csv'), text);
  await until(() => [...copies, 'third.csv'].every(isDone), { describe: output });

  const progress = await progressOf(system);
  const codes = (name: string) => progress.get(name)?.warnings.map(({ code }) => code);
  const like = (name: string) => progress.get(name)?.sameContentAs?.name;
  assert.deepEqual([codes('a.csv'), like('a.csv')], [[], undefined]);
  assert.deepEqual([codes('again.csv.gz'), like('again.csv.gz')], [['same_content'], 'a.csv']);
  const message = progress.get('again.csv.gz')?.warnings[0]?.message ?? '';
  assert.match(message, /^same content as a\.csv of 20\d\d-.*; delivered once more/);
  assert.deepEqual([codes('third.csv'), like('third.csv')], [['same_content_skipped'], 'a.csv']);
  assert.equal(progress.get('third.csv')?.rows, 0);
  // Six copies at once, in the hands of two producers: one is delivered, the others name it.
  const [delivered, ...others] = copies.filter((name) => like(name) === undefined);
  assert.deepEqual(others, []);
  for (const name of copies) if (name !== delivered) assert.equal(like(name), delivered);
  const rows = await system.records(system.names.bulkDeliveries);
  const messages = rows.map(({ value }) => JSON.parse(String(value)).alertMessage as unknown);
  assert.deepEqual(messages.sort(), ['a', 'a', 'b', 'b', 'new']);
});

test('a file that has vanished is reported, and the others go on', async (t) => {
  const { system, at, isDone, start } = await aProducer(t);
  const { config, kafka, names } = system;
  const publisher = createPublisher({ kafka, logger: createLogger('test', 'silent') });
  t.after(() => publisher.close());
  const announce = createAnnounce({ publisher, topic: names.files, partitions: config.PARTITIONS });
  const id = ulid();
  await announce({ id, name: 'gone.csv', bytes: 5 }, 10_000);
  await writeFile(at('inbox', 'b.csv'), `${HEADER}u1,b\n`);
  start();
  const report = at('failed', `${id}-gone.csv.error.json`);
  await until(() => isDone('b.csv') && existsSync(report));
  const { state, error } = (await progressOf(system)).get('gone.csv') ?? {};
  assert.deepEqual([state, error?.code], ['failed', 'file_missing']);
  assert.equal(JSON.parse(readFileSync(report, 'utf8')).code, 'file_missing');
});

test('bodies of a quarter megabyte, all of one user, are written whole and in order', async (t) => {
  const { system, at, isDone, start } = await aProducer(t);
  const rows = 40;
  const message = (row: number) => `${row} ${'m'.repeat(250_000)}`;
  const lines = Array.from({ length: rows }, (_, n) => `u1,${message(n + 1)}\n`);
  await writeFile(at('inbox', 'big.csv'), HEADER + lines.join(''));
  const producer = start();
  await until(() => isDone('big.csv'), {
    timeoutMs: 60_000,
    describe: () => producer.output().slice(-2_000),
  });
  const written = await system.records(system.names.bulkDeliveries);
  assert.equal(written.length, rows);
  for (const [index, { value }] of written.entries()) {
    assert.equal(JSON.parse(String(value)).alertMessage, message(index + 1));
  }
});

test('while too much waits for delivery reading is held back, and nothing is lost', async (t) => {
  // More than the limit and all that may be written before it is noticed.
  const rows = 40_000;
  const lagMax = 5_000;
  const { system, at, isDone, start } = await aProducer(t, { MAX_LAG: `${lagMax}` });
  const lines = Array.from({ length: rows }, (_, n) => `u${n % 100},row ${n + 1}\n`);
  await writeFile(at('inbox', 'a.csv'), HEADER + lines.join(''));
  const producer = start();
  await until(() => producer.output().includes('ingest.held-back'));
  await writeFile(at('inbox', 'waits.csv'), `${HEADER}u1,later\n`);
  // Longer than the lag is measured twice, so that a reader that did not wait would show.
  await sleep(3_000);
  const lag = await system.lag();
  assert.ok(lag >= lagMax && lag < lagMax + 20_000, `lag ${lag}`);
  const held = await progressOf(system);
  assert.equal(held.get('a.csv')?.state, 'reading');
  assert.equal(held.get('waits.csv')?.state, 'queued');
  const url = /"url":"([^"]+)"/.exec(producer.output())?.[1];
  const form = new FormData();
  form.append('file', new Blob([HEADER]), 'up.csv');
  assert.equal((await fetch(`${url}/upload`, { method: 'POST', body: form })).status, 429);

  system.start('consumer');
  await until(() => isDone('a.csv') && isDone('waits.csv'), { timeoutMs: 90_000 });
  await until(() => system.receiver.stats().distinct === rows + 1, { timeoutMs: 60_000 });
  assert.equal(system.receiver.stats().duplicates, 0);
});

test('a producer that is told to stop leaves at once, and the next one goes on', async (t) => {
  const { system, at, isDone, start } = await aProducer(t);
  const rows = 60_000;
  const lines = Array.from({ length: rows }, (_, n) => `u${n % 100},row ${n + 1}\n`);
  await writeFile(at('inbox', 'a.csv'), HEADER + lines.join(''));
  const first = start();
  await until(() => first.output().includes('file.reading'), { everyMs: 5 });
  const stoppedAtMs = Date.now();
  assert.equal(await first.end('SIGTERM'), 0);
  const tookMs = Date.now() - stoppedAtMs;
  assert.ok(tookMs < 20_000, `${tookMs} ms, of the 30 s that a stop may take`);
  assert.ok(first.output().includes('file.released'), first.output().slice(-1_000));
  start();
  await until(() => isDone('a.csv'), { timeoutMs: 60_000 });
  const [delivered = []] = (await deliveredOf(system)).values();
  assert.deepEqual(
    delivered.map(({ row }) => row),
    Array.from({ length: rows }, (_, n) => n + 1),
  );
});
