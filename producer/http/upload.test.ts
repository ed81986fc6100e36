import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicFactory } from 'ulid';
import { dataDirs, makeDataDirs } from '../../common/config/data-dirs.ts';
import { createHttpApp } from '../../common/http/app.ts';
import { addRoutes } from '../../common/http/route.ts';
import { serveHttp } from '../../common/http/serve.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { Announcement } from '../file/announcement.ts';
import { claimedName } from '../../common/model/file-names.ts';
import type { UploadDeps } from './store-upload.ts';
import { upload as uploadRoute } from './upload.ts';

const FILE_BYTES_MAX = 300_000;
const TIMEOUT_MS = 10_000;
const logger = createLogger('test', 'silent');

/** A real server with real sockets; only the announcement is a list. */
async function aServer(t: TestContext, { isAdmitting = true, isBrokerUp = true } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'hookline-upload-'));
  const dirs = dataDirs(root);
  makeDataDirs(dirs);
  const announced: Announcement[] = [];
  const app = createHttpApp({ logger, apiKeys: [], name: 'test' });
  const deps: UploadDeps = {
    dirs,
    fileBytesMax: FILE_BYTES_MAX,
    newId: monotonicFactory(),
    announce: (file) => {
      if (!isBrokerUp) return Promise.reject(new Error('no broker'));
      return Promise.resolve(void announced.push(file));
    },
    isAdmitting: () => isAdmitting,
    logger,
  };
  addRoutes(app, [uploadRoute], deps);
  const server = await serveHttp({ app, host: '127.0.0.1', port: 0, setting: 'PORT', logger });
  t.after(async () => {
    await server.close();
    rmSync(root, { recursive: true });
  });
  const upload = (body: FormData | string, headers: Record<string, string> = {}) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return fetch(`${server.url}/upload`, { method: 'POST', body, headers, signal });
  };
  const left = () =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  return { url: server.url, dirs, announced, upload, left };
}

function aForm(...files: (readonly [name: string, text: string, field?: string])[]): FormData {
  const form = new FormData();
  for (const [name, text, field = 'file'] of files) form.append(field, new Blob([text]), name);
  return form;
}

interface Answer {
  readonly files: readonly { readonly id: string; readonly name: string }[];
  readonly status: number;
  readonly detail: string;
}
const answerOf = async (response: Response) => (await response.json()) as Answer;

test('uploaded files are claimed under the ids of the answer, and announced', async (t) => {
  const { upload, dirs, announced, left } = await aServer(t);
  const response = await upload(aForm(['a.csv', 'aaa'], ['b.csv', 'bbbb']));
  assert.equal(response.status, 202);
  const { files } = await answerOf(response);
  assert.deepEqual(
    files.map(({ name }) => name),
    ['a.csv', 'b.csv'],
  );
  assert.deepEqual(
    announced,
    files.map(({ id, name }, index) => ({ id, name, bytes: 3 + index })),
  );
  const [a] = files;
  assert.ok(a);
  assert.equal(readFileSync(join(dirs.processing, claimedName(a.id, 'a.csv')), 'utf8'), 'aaa');
  assert.equal(left().length, 2);
});

test('two files of one name are two files', async (t) => {
  const { upload, left } = await aServer(t);
  await upload(aForm(['a.csv', '1'], ['a.csv', '2']));
  await upload(aForm(['a.csv', '3']));
  assert.equal(left().length, 3);
});

for (const name of ['../../up.csv', '..\\up.csv', '/etc/up.csv', '.up.csv', 'up.csv']) {
  test(`a file sent as ${name} stays in its folder`, async (t) => {
    const { upload, dirs, left } = await aServer(t);
    const { files } = await answerOf(await upload(aForm([name, 'x'])));
    assert.equal(files[0]?.name, 'up.csv');
    assert.deepEqual(readdirSync(dirs.processing), left());
    assert.equal(left().length, 1);
  });
}

test('a file of exactly the allowed size is taken, one byte more is 413 and leaves nothing', async (t) => {
  const { upload, left } = await aServer(t);
  const whole = 'x'.repeat(FILE_BYTES_MAX);
  assert.equal((await upload(aForm(['a.csv', whole]))).status, 202);
  const before = left();
  const response = await upload(aForm(['small.csv', 'x'], ['b.csv', `${whole}x`]));
  assert.equal(response.status, 413);
  assert.match((await answerOf(response)).detail, /b\.csv is larger than 300000 bytes/);
  assert.deepEqual(left(), before);
});

test('more than 100 files in one request are 413', async (t) => {
  const { upload, left } = await aServer(t);
  const files = Array.from({ length: 101 }, (_, n) => [`f${n}.csv`, 'x'] as const);
  assert.equal((await upload(aForm(...files))).status, 413);
  assert.deepEqual(left(), []);
});

const boundary = { 'content-type': 'multipart/form-data; boundary=b' };
const part = (head: string) =>
  `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\nuser_id,alert_message\r\n--b--\r\n`;
type Refused = [string, FormData | string, Record<string, string>, status: number, part?: string];
const refused: readonly Refused[] = [
  ['a body that is no form', 'user_id,alert_message\n', { 'content-type': 'text/csv' }, 415],
  ['JSON', '{}', { 'content-type': 'application/json' }, 415],
  ['a form without boundary', 'x', { 'content-type': 'multipart/form-data' }, 415],
  ['a form without files', aForm(), {}, 400],
  ['a picture', aForm(['x.png', 'x']), {}, 415],
  ['a file in another field', aForm(['x.csv', 'x', 'document']), {}, 400, 'document'],
  ['a good file beside a picture', aForm(['x.csv', 'x'], ['y.png', 'y']), {}, 415],
  ['a file as a text field', part('name="file"'), boundary, 400, 'file'],
  [
    'a file without a name',
    part('name="file"\r\nContent-Type: application/octet-stream'),
    boundary,
    400,
    'file',
  ],
  ['a file with an empty name', part('name="file"; filename=""'), boundary, 400, 'file'],
  ['a form that ends too early', part('name="file"; filename="x.csv"').slice(0, -8), boundary, 400],
];
for (const [title, body, headers, status, named] of refused) {
  test(`${title} is ${status} and leaves nothing`, async (t) => {
    const { upload, left, announced } = await aServer(t);
    const response = await upload(body, headers);
    const { detail } = await answerOf(response);
    assert.equal(response.status, status, detail);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.doesNotMatch(detail, /undefined|Cannot/);
    if (named !== undefined) assert.ok(detail.startsWith(`the part "${named}"`), detail);
    assert.deepEqual(left(), []);
    assert.deepEqual(announced, []);
  });
}

test('while too much waits for delivery an upload is 429 with a time to come back', async (t) => {
  const { upload, left } = await aServer(t, { isAdmitting: false });
  const response = await upload(aForm(['a.csv', 'x']));
  assert.equal(response.status, 429);
  assert.match(response.headers.get('retry-after') ?? '', /^\d+$/);
  assert.deepEqual(left(), []);
});

test('a file that cannot be announced now is accepted: the watcher finds it', async (t) => {
  const { upload, left } = await aServer(t, { isBrokerUp: false });
  assert.equal((await upload(aForm(['a.csv', 'x']))).status, 202);
  assert.equal(left().length, 1);
});

test('an upload that is broken off leaves nothing', async (t) => {
  const { url, left } = await aServer(t);
  const client = request(`${url}/upload`, { method: 'POST', headers: boundary });
  client.on('error', () => {});
  const head = part('name="file"; filename="x.csv"').slice(0, -'\r\n--b--\r\n'.length);
  client.write(head + 'x'.repeat(100_000));
  const deadline = Date.now() + TIMEOUT_MS;
  const reached = async (wanted: number) => {
    while (left().length !== wanted) {
      assert.ok(Date.now() < deadline, `${left().length} files instead of ${wanted}`);
      await sleep(10);
    }
  };
  await reached(1);
  client.destroy();
  await reached(0);
});
