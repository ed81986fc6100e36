// A file of 300 MB goes into the topic while the producer's memory stays flat.
import assert from 'node:assert/strict';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { parseFileProgress } from '../../../common/model/file-progress.ts';
import { openCompactedTable } from '../../../common/kafka/consume/compacted-table.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

const MIB = 1024 ** 2;
const FILE_BYTES = 300_000_000;
const USERS = 5_000;

/** Rows of some 300 bytes: with shorter ones most of the time would be Kafka's. */
function* fileParts(): Generator<string> {
  yield 'user_id,alert_message\n';
  const message = 'x'.repeat(290);
  for (let bytes = 0, user = 0; bytes < FILE_BYTES;) {
    let rows = '';
    for (; rows.length < 64 * 1_024; user = (user + 1) % USERS) rows += `user-${user},${message}\n`;
    yield rows;
    bytes += rows.length;
  }
}

const here = {
  timeout: 300_000,
  skip: existsSync('/proc/self/status') ? false : 'memory is read from /proc, which is not here',
};

test(
  'a file of 300 MB is read with at most 300 MB of memory, its progress in sight',
  here,
  async (t) => {
    const dataDir = tempDir(t);
    const settings = { DATA_DIR: dataDir, PORT: '0', SETTLE_MS: '100', MAX_LAG: '1000000000' };
    const system = await aDeliverySystem(t, settings);
    await mkdir(join(dataDir, 'inbox'));
    const out = join(dataDir, 'inbox', 'big.csv');
    await pipeline(Readable.from(fileParts()), createWriteStream(out));
    const table = await openCompactedTable({
      kafka: system.kafka,
      topic: system.names.fileProgress,
      parse: parseFileProgress,
      logger: createLogger('test', 'silent'),
      onFatal: (error) => assert.fail(String(error)),
    });
    t.after(() => table.close());

    const producer = system.start('producer');
    const shares = new Set<number>();
    await until(
      () => {
        const [file] = [...table.entries()].map(([, progress]) => progress);
        if (file) shares.add(Math.floor((10 * file.bytesRead) / file.bytes));
        return file?.state === 'done';
      },
      { timeoutMs: 240_000, everyMs: 100, describe: () => producer.output().slice(-2_000) },
    );
    const status = readFileSync(`/proc/${producer.pid}/status`, 'utf8');
    const peakMiB = Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024);
    t.diagnostic(`peak RSS ${peakMiB} MiB for ${Math.round(FILE_BYTES / MIB)} MiB`);
    assert.ok(shares.size >= 10, `seen at ${[...shares].join()} tenths`);
    assert.ok(peakMiB <= 300, `${peakMiB} MiB`);
  },
);
