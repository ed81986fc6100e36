import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parse } from 'csv-parse';

const SCRIPT = resolve(import.meta.dirname, 'generate.ts');

function aFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-generate-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function generate(args: readonly string[]) {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return { child, ended: ended.then(([[code], out, err]) => ({ code: code as number, out, err })) };
}

test('--rows writes exactly so many rows, of exactly so many users, that CSV can read', async (t) => {
  const out = join(aFolder(t), 'not', 'there', 'yet', 'a.csv');
  const args = ['--rows', '25000', '--users', '300', '--out', out];
  const { code, out: said } = await generate(args).ended;
  assert.equal(code, 0);
  assert.match(said, /25,000 rows/);
  const users = new Set<string>();
  let rows = 0;
  for await (const row of createReadStream(out).pipe(parse({ columns: true }))) {
    const { user_id: user, alert_message: message } = row as Record<string, string>;
    assert.ok(user && message);
    users.add(user);
    rows += 1;
  }
  assert.equal(rows, 25_000);
  assert.equal(users.size, 300);
  assert.ok(!existsSync(`${out}.part`));
});

test('--size is kept within 1 %, and the last row is whole', async (t) => {
  const out = join(aFolder(t), 'a.csv');
  const { code } = await generate(['--size', '3MB', '--out', out]).ended;
  assert.equal(code, 0);
  const { size } = statSync(out);
  assert.ok(Math.abs(size - 3e6) <= 0.01 * 3e6, `${size} bytes`);
  const rows = await createReadStream(out)
    .pipe(parse({ columns: true }))
    .toArray();
  assert.ok(rows.length > 20_000);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends it and leaves nothing behind`, async (t) => {
    const folder = aFolder(t);
    const out = join(folder, 'a.csv');
    const { child, ended } = generate(['--size', '1TB', '--out', out]);
    t.after(() => child.kill('SIGKILL'));
    const deadlineMs = performance.now() + 20_000;
    while (!existsSync(`${out}.part`) || statSync(`${out}.part`).size < 1e6) {
      assert.ok(performance.now() < deadlineMs, 'no .part file came');
      await new Promise((next) => setTimeout(next, 5));
    }
    assert.ok(!existsSync(out));
    child.kill(signal);
    const { code, err } = await ended;
    assert.equal(code, 130);
    assert.match(err, /Interrupted/);
    assert.deepEqual(readdirSync(folder), []);
  });
}

test('without a terminal, progress comes as lines', async (t) => {
  const { err } = await generate(['--rows', '10', '--out', join(aFolder(t), 'a.csv')]).ended;
  assert.match(err, /100% · 10 rows/);
});

test('bad options are named with what is allowed, and nothing is written', async (t) => {
  const folder = aFolder(t);
  const { code, err } = await generate(['--rows', 'x', '--out', join(folder, 'a.csv')]).ended;
  assert.equal(code, 1);
  assert.match(err, /^--rows "x": allowed: a whole number from 1/);
  assert.match(err, /npm run generate -- --rows/);
  assert.deepEqual(readdirSync(folder), []);
});

test('a place that cannot be written is named', async (t) => {
  const folder = aFolder(t);
  const { code, err } = await generate(['--rows', '1', '--out', folder]).ended;
  assert.equal(code, 1);
  assert.match(err, new RegExp(folder));
  assert.ok(!existsSync(`${folder}.part`));
});
