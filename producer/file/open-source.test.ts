import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from '../../test/support/property.ts';
import { openDiskFile } from './disk-file.ts';
import { openSource } from './open-source.ts';
import { BrokenArchiveError } from './decompressed-source.ts';

const dir = mkdtempSync(join(tmpdir(), 'hookline-source-'));
after(() => rmSync(dir, { recursive: true }));

const gz = (text: string | Buffer) => gzipSync(text);
const zst = (text: string | Buffer) =>
  zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
const skippable = Buffer.concat([Buffer.from('502a4d1804000000', 'hex'), Buffer.from('abcd')]);

async function textOf(content: Buffer, stepBytes = 1_000): Promise<string> {
  const path = join(dir, 'x');
  await writeFile(path, content);
  const source = await openSource(await openDiskFile(path));
  const parts: Buffer[] = [];
  try {
    for (let position = 0; ;) {
      const target = Buffer.alloc(stepBytes);
      const bytes = await source.read(target, position);
      if (bytes === 0) return Buffer.concat(parts).toString();
      parts.push(target.subarray(0, bytes));
      position += bytes;
    }
  } finally {
    await source.close();
  }
}

const long = Array.from({ length: 50_000 }, (_, n) => `row ${n * n}\n`).join('');
const read: readonly [title: string, content: Buffer, text: string][] = [
  ['plain text', Buffer.from(long), long],
  ['gzip', gz(long), long],
  ['zstd', zst(long), long],
  ['two gzip members', Buffer.concat([gz('ab'), gz(long)]), `ab${long}`],
  ['three zstd frames', Buffer.concat([zst('ab'), zst(long), zst('c')]), `ab${long}c`],
  ['skippable zstd frames', Buffer.concat([skippable, zst('a'), skippable, zst('b')]), 'ab'],
  ['an empty gzip', gz(''), ''],
  ['an empty zstd frame before another', Buffer.concat([zst(''), zst('a')]), 'a'],
  ['gzip padded with zeros', Buffer.concat([gz('a'), Buffer.alloc(100_000)]), 'a'],
  ['zstd padded with zeros', Buffer.concat([zst('a'), Buffer.alloc(3)]), 'a'],
];
for (const [title, content, text] of read) {
  test(`${title} is read as its text`, async () => {
    assert.equal(await textOf(content), text);
    assert.equal(await textOf(content, 70_000), text);
  });
}

test('a compressed file that is cut anywhere is never taken for a whole one', async () => {
  for (const whole of [gz('some text\n'), zst('some text\n')]) {
    for (let end = 4; end < whole.length; end += 1) {
      await assert.rejects(textOf(whole.subarray(0, end)), BrokenArchiveError, `cut at ${end}`);
      const second = Buffer.concat([whole, whole.subarray(0, end)]);
      await assert.rejects(textOf(second), BrokenArchiveError, `second cut at ${end}`);
    }
  }
});

test('damaged bytes, and bytes that follow, are told', async () => {
  for (const whole of [gz(long), zst(long)]) {
    const damaged = Buffer.from(whole);
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] as number) ^ 0xff;
    await assert.rejects(textOf(damaged), { message: /damaged|cut short/ });
    const followed = Buffer.concat([whole, Buffer.from('something else')]);
    await assert.rejects(textOf(followed), BrokenArchiveError);
  }
});

test('reading from any place gives the same bytes as from the start', async () => {
  const path = join(dir, 'seek');
  for (const content of [Buffer.from(long), gz(long), zst(long)]) {
    await writeFile(path, content);
    const source = await openSource(await openDiskFile(path));
    await fc.assert(
      fc.asyncProperty(fc.nat(long.length + 10), async (position) => {
        const target = Buffer.alloc(100);
        const bytes = await source.read(target, position);
        const expected = long.slice(position, position + bytes);
        assert.equal(target.toString('utf8', 0, bytes), expected);
        assert.equal(bytes === 0, position >= long.length);
      }),
      { numRuns: 30 },
    );
    await source.close();
  }
});
