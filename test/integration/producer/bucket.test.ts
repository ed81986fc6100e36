// Goal: a bucket is an inbox like the folder. A real S3 server: the gateway of Versity.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { BUCKET, prepareS3Server } from '../../../bench/s3-server.ts';
import type { S3Server } from '../../../bench/s3-server.ts';
import { freePort } from '../../../infra/process/ports.ts';
import { dataDirs } from '../../../common/config/data-dirs.ts';
import { parseFileProgress } from '../../../common/model/file-progress.ts';
import type { FileProgress } from '../../../common/model/file-progress.ts';
import { openGroupView } from '../../../common/kafka/admin/group-view.ts';
import { openCompactedTable } from '../../../common/kafka/consume/compacted-table.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { parseFileRowId } from '../../../common/model/delivery.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { parquetRows } from '../../support/parquet.ts';
import { urlOf } from '../../support/role-url.ts';
import { startS3 } from '../../support/s3.ts';
import { until } from '../../support/until.ts';

const skip = (await prepareS3Server()) ?? false;

/** Rows that say their number, with a header. */
function csv(rows: number, from = 1): string {
  let text = 'user_id,alert_message\n';
  for (let row = from; row < from + rows; row += 1) text += `user-${row % 50},row ${row}\n`;
  return text;
}

async function aBucket(t: TestContext, env: Record<string, string> = {}) {
  const s3 = await startS3(t);
  const system = await aDeliverySystem(t, { PORT: '0', ...s3.env, ...env });
  return { s3, system, files: await watchFiles(t, system) };
}

/** The progress of all files, live. */
async function watchFiles(t: TestContext, { kafka, names }: DeliverySystem) {
  const table = await openCompactedTable({
    ...{ kafka, topic: names.fileProgress, parse: parseFileProgress },
    logger: createLogger('test', 'silent'),
    onFatal: (error) => assert.fail(String(error)),
  });
  t.after(() => table.close());
  return (): readonly FileProgress[] => [...table.entries()].map(([, file]) => file);
}

/** Keys below a prefix. */
const keysBelow = async (s3: S3Server, prefix: string) =>
  (await s3.keys()).filter((key) => key.startsWith(prefix));

/** Messages in the log by file, in the order of the log. */
async function messagesByFile({ records, names }: DeliverySystem) {
  const byFile = new Map<string, string[]>();
  for (const { headers, value } of await records(names.bulkDeliveries)) {
    const id = parseFileRowId(String(headers['webhook-id']));
    assert.ok(id);
    const messages = byFile.get(id.fileId) ?? [];
    messages.push(JSON.parse(String(value)).alertMessage as string);
    byFile.set(id.fileId, messages);
  }
  return byFile;
}

test(
  'objects become deliveries, and are moved away with their rejected rows and errors',
  { skip },
  async (t) => {
    const { s3, system } = await aBucket(t);
    await s3.put('in/', '');
    await s3.put('in/a.csv', `${csv(3)}user-9,\n`);
    await s3.put(
      'in/2026/11/b c+ü.jsonl.gz',
      gzipSync('{"user_id":"u","alert_message":"packed"}\n'),
    );
    await s3.put('in/bad.csv', 'name,text\n1,2\n');
    await s3.put('in/picture.png', 'x');
    await s3.put('in/folder/', '');
    await s3.put('other/c.csv', csv(3));
    const producer = system.start('producer');
    const left = ['in/', 'in/folder/', 'in/picture.png', 'other/c.csv'];
    const inPlace = async () => (await s3.keys()).filter((key) => /^(in|other)\//.test(key));
    await until(async () => (await inPlace()).length === left.length, {
      describe: producer.output,
    });
    assert.deepEqual(await inPlace(), left);
    const moved = (await s3.keys()).filter((key) => /^(done|failed)\//.test(key));
    const plain = moved.map((key) => key.replace(/[0-9A-HJKMNP-TV-Z]{26}/, 'ID'));
    assert.deepEqual(plain.sort(), [
      'done/2026/11/ID-b c+ü.jsonl.gz',
      'done/ID-a.csv',
      'done/ID-a.csv.rejected.csv',
      'failed/ID-bad.csv',
      'failed/ID-bad.csv.error.json',
    ]);
    const rejected = moved.find((key) => key.endsWith('.rejected.csv')) as string;
    assert.equal(
      await s3.text(rejected),
      'line,reason,raw\n5,"alert_message is empty","user-9,"\n',
    );
    const messages = [...(await messagesByFile(system)).values()];
    assert.deepEqual(messages.flat().sort(), ['packed', 'row 1', 'row 2', 'row 3']);
  },
);

test(
  'a notice has an object read at once, and is a hint only: the listing decides',
  { skip },
  async (t) => {
    const port = await freePort('127.0.0.1');
    const url = `http://127.0.0.1:${port}`;
    const s3 = await startS3(t);
    const polls = { S3_POLL: '1h', S3_AFTER: 'keep', PORT: String(port) };
    const system = await aDeliverySystem(t, { ...s3.env, ...polls });
    const files = await watchFiles(t, system);
    const producer = system.start('producer');
    await until(() => producer.output().includes('producer.started'), {
      describe: producer.output,
    });
    // From now on the server tells the producer of each object, after an event of a test.
    await s3.kill();
    await s3.startAgain(`${url}/s3-events`);
    await s3.put('in/ä b+.csv', csv(3));
    await until(() => files().some(({ state }) => state === 'done'), { describe: producer.output });

    const record = (eventName: string, key: string) => ({
      ...{ eventVersion: '2.1', eventSource: 'aws:s3', eventName },
      s3: { bucket: { name: BUCKET }, object: { key, size: 0, eTag: 'abc', sequencer: '00' } },
    });
    const notify = async (body: object) => {
      const answer = await fetch(`${url}/s3-events`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json()) as { objects?: object[] } };
    };
    const records = [
      record('ObjectCreated:Put', 'in/%C3%A4+b%2B.csv'),
      record('ObjectCreated:Copy', 'in/none.csv'),
      record('ObjectCreated:Put', 'in/folder/'),
      record('ObjectCreated:Put', 'done/x.csv'),
      record('ObjectRemoved:Delete', 'in/ä b+.csv'),
    ];
    await s3.put('in/folder/', '');
    const { body } = await notify({ Records: records });
    const outcomes = body.objects?.map((one) => (one as { outcome: string }).outcome);
    assert.deepEqual(outcomes, ['known', 'missing', 'not_read', 'ignored', 'ignored']);
    assert.deepEqual((await notify({ Event: 's3:TestEvent' })).body, { objects: [] });
    assert.equal((await notify({ records })).status, 400);
    await s3.kill();
    const [first] = records;
    assert.equal((await notify({ Records: [first] })).status, 503);
    assert.deepEqual(
      files().map(({ rows, object }) => [rows, object]),
      [[3, 's3://alerts/in/ä b+.csv']],
    );
  },
);

test('kill -9 of two instances that read many objects: each row once', { skip }, async (t) => {
  const { s3, system, files } = await aBucket(t);
  const rows = 60_000;
  await s3.put('in/a.csv', csv(rows));
  await s3.put('in/b.csv.gz', gzipSync(csv(rows)));
  await s3.put('in/c.parquet', parquetRows(rows, { codec: 'GZIP', rowGroupSize: 20_000 }));
  const small = Array.from({ length: 150 }, (_, n) => n);
  await Promise.all(small.map((n) => s3.put(`in/small/${n}.csv`, csv(5, n * 5 + 1))));
  const read = () => files().reduce((sum, file) => sum + file.rows, 0);
  const all = 3 * rows + small.length * 5;
  const startTwo = () => [system.start('producer'), system.start('producer')] as const;
  const first = startTwo();
  await until(() => read() > 0, { everyMs: 1, describe: () => first[0].output() });
  await sleep(Math.random() * 200);
  await Promise.all(first.map((one) => one.end('SIGKILL')));
  t.diagnostic(`killed at ${read()} of ${all} rows committed`);
  const [one] = startTwo();
  await until(async () => (await keysBelow(s3, 'in/')).length === 0, { describe: one.output });
  assert.equal((await keysBelow(s3, 'done/')).length, small.length + 3);
  const byFile = await messagesByFile(system);
  assert.equal(byFile.size, small.length + 3, 'each object is one file');
  assert.equal([...byFile.values()].flat().length, all);
  for (const messages of byFile.values()) {
    assert.equal(new Set(messages).size, messages.length, 'no row twice');
  }
  const group = await openGroupView(system.kafka, system.names.fileGroup);
  t.after(() => group.close());
  // Both announced each object, and the later announcements are finished as well.
  await until(async () => (await group.lag([system.names.files])) === 0);
});

test(
  'a replaced object is told and not mixed; a server or bucket that goes, and a wrong login, are said',
  { skip },
  async (t) => {
    const { s3, system, files } = await aBucket(t);
    const long = (word: string) =>
      `user_id,alert_message\n${`u,${word}${'x'.repeat(1_000)}\n`.repeat(8_000)}`;
    await s3.put('in/x.csv', long('old'));
    // The first rows hold the others back.
    const first = system.start('producer', { MAX_LAG: '1' });
    await until(() => files().some(({ rows }) => rows > 0), { describe: first.output });
    await first.end('SIGKILL');
    await s3.put('in/x.csv', long('new'));
    const stranger = system.start('producer', { AWS_SECRET_ACCESS_KEY: 'wrong' });
    const isAway = (output: () => string) => /bucket\.away/.test(output());
    await until(() => isAway(stranger.output), { describe: stranger.output });
    assert.match(stranger.output(), /SignatureDoesNotMatch.*bucket\.away/);
    await stranger.end('SIGKILL');
    await s3.kill();
    const producer = system.start('producer');
    await until(() => isAway(producer.output), { describe: producer.output });
    await s3.startAgain();
    const ended = (state: string) => files().find((file) => file.state === state);
    await until(() => Boolean(ended('failed') && ended('done')), { describe: producer.output });
    const failed = ended('failed');
    assert.equal(failed?.error?.code, 'object_changed');
    const byFile = await messagesByFile(system);
    assert.equal(byFile.size, 2);
    for (const [id, messages] of byFile) {
      const isOld: boolean = id === failed?.id;
      const word: string = isOld ? 'old' : 'new';
      assert.ok(messages.every((message) => message.startsWith(word)));
      assert.equal(messages.length, isOld ? failed.rows : 8_000);
    }
    await until(async () => (await keysBelow(s3, 'in/')).length === 0);
    const moved = (await s3.keys()).map((key) => key.replace(/[0-9A-HJKMNP-TV-Z]{26}/, 'ID'));
    assert.deepEqual(moved, ['done/ID-x.csv', 'failed/ID-x.csv.error.json']);
    await producer.end('SIGTERM');

    // Announced, and held back until the bucket is gone.
    await s3.put('in/y.csv', csv(3));
    const held = system.start('producer', { MAX_LAG: '1' });
    const named = (name: string) => files().find((file) => file.name === name);
    await until(() => named('y.csv')?.state === 'queued', { describe: held.output });
    await held.end('SIGTERM');
    s3.setBucket('gone');
    const last = system.start('producer');
    await until(() => Boolean(named('y.csv')?.error), { describe: last.output });
    const { code, message } = named('y.csv')?.error ?? {};
    assert.deepEqual([code, /NoSuchBucket/.test(String(message))], ['object_refused', true]);
    writeFileSync(join(dataDirs(system.config.DATA_DIR).inbox, 'z.csv'), csv(3));
    await until(() => named('z.csv')?.state === 'done', { describe: last.output });
    assert.equal(named('y.csv')?.state, 'queued', 'it holds nobody back');
    const metricsUrl = `${await urlOf(last)}/metrics`;
    const refused = async () =>
      /^hookline_objects_refused\{.*\} (\d+)$/m.exec(await (await fetch(metricsUrl)).text())?.[1];
    await until(async () => (await refused()) === '1', { describe: last.output });
    s3.setBucket('there');
    await until(async () => (await keysBelow(s3, 'in/')).length === 0, { describe: last.output });
    assert.deepEqual([named('y.csv')?.state, named('y.csv')?.rows], ['done', 3]);
    assert.equal(named('y.csv')?.error, undefined);
    await until(async () => (await refused()) === '0', { describe: last.output });
  },
);
