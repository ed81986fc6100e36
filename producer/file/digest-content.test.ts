import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { openDiskFile } from './disk-file.ts';
import { openSource } from './open-source.ts';
import { digestContent } from './digest-content.ts';

const dir = mkdtempSync(join(tmpdir(), 'hookline-digest-'));
after(() => rmSync(dir, { recursive: true }));

async function digest(content: Buffer | string, bytesMax = 1e9, mayGoOn = true) {
  const path = join(dir, 'x');
  await writeFile(path, content);
  const source = await openSource(await openDiskFile(path));
  try {
    return await digestContent(source, bytesMax, () => Promise.resolve(mayGoOn));
  } finally {
    await source.close();
  }
}

const text = 'user_id,alert_message\nu,m\n'.repeat(50_000);
const bytes = text.length;
const sha256 = createHash('sha256').update(text).digest('hex');

test('the digest is that of the text, compressed or not', async () => {
  assert.deepEqual(await digest(text), { bytes, sha256 });
  assert.deepEqual(await digest(gzipSync(text)), { bytes, sha256 });
  assert.deepEqual(await digest(zstdCompressSync(text)), { bytes, sha256 });
});

test('MAX_FILE_BYTES bounds the text of a small archive', async () => {
  const tooLarge = { code: 'file_too_large' };
  assert.partialDeepStrictEqual(await digest(gzipSync(text), bytes - 1), tooLarge);
  assert.deepEqual(await digest(gzipSync(text), bytes), { bytes, sha256 });
});

test('an archive that is cut is an error of the file', async () => {
  const cut = gzipSync(text).subarray(0, -4);
  assert.partialDeepStrictEqual(await digest(cut), { code: 'archive_broken' });
});

test('a long file is left when it may not go on', async () => {
  assert.equal(await digest(gzipSync(Buffer.alloc(80 * 1024 ** 2)), 1e9, false), null);
});
