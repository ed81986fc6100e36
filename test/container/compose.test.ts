// Goal: docker-compose.kafka.yml is the way in by containers: one command, and a file that is
// dropped into a folder of this machine arrives once; another, and every role has drained.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Stats } from '../../receiver/stats.ts';
import { uniquePrefix } from '../support/broker.ts';
import { KAFKA_IMAGE, NODE_IMAGE } from '../support/docker.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';

const ROWS = 1_000;
/** No fixed port, so that what else runs here is left alone. */
const PORTS = `
services:
  kafka: { ports: !reset [] }
  producer: { ports: !override ['127.0.0.1::8080'] }
  receiver: { ports: !override ['127.0.0.1::8090'] }
`;

const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
const skip = hasCompose ? false : 'Docker has no compose here';

/** A part of what `docker compose ps --format json` says in a line for each container. */
interface Container {
  readonly Service: string;
  readonly Health: string;
  readonly ExitCode: number;
}

/** A compose project of the test's own; it ends with the test, and its volumes too. */
function aProject(t: TestContext) {
  const dir = tempDir(t);
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir);
  writeFileSync(join(dir, 'ports.yml'), PORTS);
  const files = ['-f', 'docker-compose.kafka.yml', '-f', join(dir, 'ports.yml')];
  const uid = String(process.getuid?.() || 1_000);
  const env = {
    ...process.env,
    ...{ KAFKA_IMAGE, NODE_IMAGE, HOOKLINE_IMAGE: 'hookline-test-compose' },
    ...{ DATA_DIR: dataDir, HOOKLINE_UID: uid, COMPOSE_PROJECT_NAME: uniquePrefix() },
    ...{ API_KEYS: 'local', WEBHOOK_URL: '', KAFKA_BROKERS: '', REPLICATION_FACTOR: '' },
  };
  const compose = (...words: string[]): string => {
    const args = ['compose', ...files, '--profile', 'app', ...words];
    const { status, stdout, stderr } = spawnSync('docker', args, { env, encoding: 'utf8' });
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const containers = () =>
    compose('ps', '--all', '--format', 'json')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Container)
      .filter(({ Service }) => Service !== 'data-folders');
  t.after(() => compose('down', '--volumes', '--timeout', '1'));
  return { compose, containers, inbox: join(dataDir, 'inbox') };
}

test('compose runs the whole system', { skip, timeout: 300_000 }, async (t) => {
  const { compose, containers, inbox } = aProject(t);
  compose('up', '--detach', '--build');
  const rows = Array.from({ length: ROWS }, (_, row) => `user-${row % 50},alert ${row}\n`);
  writeFileSync(join(inbox, 'a.csv.part'), `user_id,alert_message\n${rows.join('')}`);
  renameSync(join(inbox, 'a.csv.part'), join(inbox, 'a.csv'));

  // Before the receiver listens Docker accepts for it, and closes.
  const receiver = `http://${compose('port', 'receiver', '8090').trim()}`;
  const stats = async () =>
    fetch(`${receiver}/stats`).then(
      async (answer) => (await answer.json()) as Stats,
      () => null,
    );
  await until(async () => (await stats())?.distinct === ROWS, { everyMs: 200 });
  assert.equal((await stats())?.duplicates, 0);
  await until(() => containers().every(({ Health }) => Health === 'healthy'), {
    everyMs: 1_000,
    describe: containers,
  });
  const names = containers().map(({ Service }) => Service);
  assert.deepEqual(names.sort(), [
    ...['console', 'consumer', 'consumer', 'kafka', 'producer', 'receiver'],
  ]);
  const url = `http://${compose('port', 'producer', '8080').trim()}`;
  assert.equal((await fetch(`${url}/health/ready`)).status, 200);
  assert.equal((await fetch(`${url}/status`)).status, 401);

  compose('stop', 'producer', 'consumer', 'console', 'receiver');
  const codes = containers().map(({ Service, ExitCode }) => [Service, ExitCode]);
  assert.deepEqual(
    codes.filter(([, code]) => code !== 0),
    [],
  );
});
