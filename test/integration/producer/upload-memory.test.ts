// Goal: an upload goes to the disk as it comes, however large. UPLOAD_TEST_BYTES: another size.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dataDirs } from '../../../common/config/data-dirs.ts';
import { startApi } from '../../support/api.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { tempDir } from '../../support/temp-dir.ts';

const MIB = 1024 ** 2;
const BYTES = Number(process.env['UPLOAD_TEST_BYTES'] ?? 1_000_000_000);

const here = {
  timeout: 600_000,
  skip: existsSync('/proc/self/status') ? false : 'memory is read from /proc, which is not here',
};

/** A form with one file of so many bytes, made as it is sent. */
function* aForm(boundary: string, bytes: number): Generator<Uint8Array> {
  const head = 'Content-Disposition: form-data; name="file"; filename="big.csv"';
  yield Buffer.from(`--${boundary}\r\n${head}\r\n\r\nuser_id,alert_message\n`);
  const rows = Buffer.from(`user-1,${'x'.repeat(91)}\n`.repeat(640));
  for (let sent = 0; sent < bytes; sent += rows.length) yield rows;
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

test(
  `an upload of ${Math.round(BYTES / MIB)} MiB takes less than 200 MB of memory`,
  here,
  async (t) => {
    const dataDir = tempDir(t);
    // A lag that is reached at once, so that the upload alone is measured and not the reading.
    const env = { DATA_DIR: dataDir, PARTITIONS: '1', MAX_LAG: '1' };
    const { url, role } = await startApi(await aDeliverySystem(t, env));
    const startedAt = performance.now();
    const answer = await fetch(`${url}/upload`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: ReadableStream.from(aForm('b', BYTES)),
      duplex: 'half',
      signal: AbortSignal.timeout(500_000),
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    assert.equal(answer.status, 202, await answer.text());
    const status = readFileSync(`/proc/${role.pid}/status`, 'utf8');
    const peakMB = (Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024) / 1e6;
    const rate = Math.round(BYTES / 1e6 / seconds);
    t.diagnostic(`peak RSS ${Math.round(peakMB)} MB, ${rate} MB/s`);
    assert.ok(peakMB < 200, `${peakMB} MB`);
    const [file] = readdirSync(dataDirs(dataDir).processing).filter((name) =>
      name.endsWith('.csv'),
    );
    assert.match(String(file), /-big\.csv$/);
    assert.ok(statSync(join(dataDirs(dataDir).processing, String(file))).size >= BYTES);
  },
);
