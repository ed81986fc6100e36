import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parse } from 'csv-parse/sync';
import { RejectedFile } from './rejected-file.ts';

function tempDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'hookline-file-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

const NONE = { name: null, bytes: 0 };
const row = (line: number) => ({ line, reason: 'why, "so"', raw: `raw\n"${line}"` });

test('rejected rows can be read as CSV, whatever is in them', async (t) => {
  const dir = tempDir(t);
  const file = new RejectedFile(dir, 'own', NONE);
  await file.append([]);
  assert.deepEqual(file.state, NONE);
  await file.append([row(2), row(3)]);
  await file.append([row(7)]);
  await file.close();
  const text = readFileSync(join(dir, 'own'), 'utf8');
  assert.deepEqual(file.state, { name: 'own', bytes: text.length });
  const read: unknown = parse(text, { columns: true });
  assert.deepEqual(
    read,
    [2, 3, 7].map((line) => ({ line: String(line), reason: 'why, "so"', raw: `raw\n"${line}"` })),
  );
});

test('a new owner goes on from the checkpoint: what the old one wrote after it does not count', async (t) => {
  const dir = tempDir(t);
  const old = new RejectedFile(dir, 'old', NONE);
  await old.append([row(1)]);
  const checkpoint = old.state;
  await old.append([row(2)]);
  const next = new RejectedFile(dir, 'next', checkpoint);
  await next.append([row(2), row(3)]);
  // Still alive, it does not know that it is no longer the owner.
  await old.append([row(3), row(4)]);
  await next.append([row(4)]);
  await Promise.all([old.close(), next.close()]);
  const lines = parse(readFileSync(join(dir, 'next'), 'utf8'), { columns: true }) as {
    line: string;
  }[];
  assert.deepEqual(
    lines.map(({ line }) => line),
    ['1', '2', '3', '4'],
  );
});

test('an owner that rejects nothing leaves the file of the last one in charge', async (t) => {
  const from = { name: 'old', bytes: 5 };
  const file = new RejectedFile(tempDir(t), 'own', from);
  await file.append([]);
  await file.close();
  assert.deepEqual(file.state, from);
});

test('rejected rows that somebody took away stop nothing', async (t) => {
  const dir = tempDir(t);
  const gone = new RejectedFile(dir, 'a', { name: 'gone', bytes: 50 });
  await gone.append([row(9)]);
  await gone.close();
  assert.match(readFileSync(join(dir, 'a'), 'utf8'), /^line,reason,raw\n9,/);
  writeFileSync(join(dir, 'short'), 'line,reason,raw\n');
  const short = new RejectedFile(dir, 'b', { name: 'short', bytes: 500 });
  await short.append([row(9)]);
  await short.close();
  assert.match(readFileSync(join(dir, 'b'), 'utf8'), /^line,reason,raw\n9,"why/);
  rmSync(join(dir, 'short'));
});
