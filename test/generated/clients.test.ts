// Goal: clients that generators make of /openapi.json as it is compile, and work on a live system.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, globSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { bury } from '../support/bury.ts';
import { aDeliverySystem } from '../support/delivery.ts';
import { startFront } from '../support/front.ts';
import { tempDir } from '../support/temp-dir.ts';

const run = promisify(execFile);
/** Generators are installed, and some of them compiled, from nothing. */
const TIMEOUT_MS = 600_000;
const API_KEY = 'key';

/** One folder for each: its run.sh installs, generates, compiles and makes the calls. */
const generators = globSync('test/generated/*/run.sh').map(dirname).sort();

const LINTERS = {
  Redocly: ['@redocly/cli@2.77.0', 'lint', 'openapi.json', '--skip-rule=info-license'],
  Spectral: ['@stoplight/spectral-cli@6.16.3', 'lint', 'openapi.json', '--fail-severity=error'],
};

test('generated clients', async (t) => {
  const settings = { PARTITIONS: '3', API_KEYS: API_KEY, ALLOW_TARGETS: '127.0.0.0/8' };
  const system = await aDeliverySystem(t, settings);
  const { url } = await startFront(system);
  await bury(system, [{ id: 'd-1', user: 'user-9' }]);
  const headers = { authorization: `Bearer ${API_KEY}` };
  const document = await (await fetch(`${url}/openapi.json`, { headers })).text();

  assert.equal(generators.length, 9);
  for (const folder of generators) {
    const name = basename(folder);
    await t.test(`${name} compiles, and its ten calls succeed`, async (t) => {
      const cwd = tempDir(t);
      cpSync(folder, cwd, { recursive: true });
      cpSync('test/generated/tsconfig.client.json', join(cwd, 'tsconfig.json'));
      writeFileSync(join(cwd, 'openapi.json'), document);
      const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
      const TARGET = `${system.receiver.url}/${name}`;
      const env = { ...process.env, PATH, BASE_URL: url, API_KEY, TARGET };
      const { stdout } = await run('bash', ['run.sh'], { cwd, env, timeout: TIMEOUT_MS });
      const report: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      const { problem, ...rest } = report as { problem: unknown[] };
      assert.deepEqual(rest, {
        ...{ repeated: true, secret: true, no_limit: true, pages: [1, 1], differ: true },
        ...{ event: true, batch: [202, 400], files: ['alerts.csv'], delivery: 'user-1' },
        ...{ deliveries: 1, dead_letters: ['HTTP 500: no'], status: true },
      });
      // Some clients refuse an empty user themselves, so they send no data instead.
      const [status, type, field] = problem;
      assert.deepEqual([status, type], [400, 'urn:hookline:problem:invalid-fields']);
      assert.ok(field === 'user_id' || field === 'data', String(field));
    });
  }

  for (const [name, words] of Object.entries(LINTERS)) {
    await t.test(`${name} finds no error in the description`, async (t) => {
      const cwd = tempDir(t);
      writeFileSync(join(cwd, 'openapi.json'), document);
      writeFileSync(join(cwd, '.spectral.json'), '{"extends":["spectral:oas"]}');
      await run('npx', ['--yes', ...words], { cwd, timeout: TIMEOUT_MS });
    });
  }
});
