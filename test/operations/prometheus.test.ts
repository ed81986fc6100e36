// Goal: the alerts fire, and every query of the dashboard and of the alerts is answered by a real
// Prometheus beside a running system. It needs Debian's package `prometheus`, which takes half a
// minute to install, so it is no part of `npm test`: `npm run test:operations`.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parse, stringify } from 'yaml';
import { freePort } from '../../infra/process/ports.ts';
import { aDeliverySystem } from '../support/delivery.ts';
import { startFront } from '../support/front.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';

const INFRA = join(import.meta.dirname, '../../infra');
const ALERTS = join(INFRA, 'prometheus/alerts.yml');
const KEY = 'key';
/** Short, so that rates over a minute have their two samples soon. */
const SCRAPE_MS = 1_000;

function promtool(...args: string[]): void {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' });
  if (error) assert.fail(`promtool: ${error.message}; install Debian's package prometheus`);
  assert.equal(status, 0, stdout + stderr);
}

test('the alerts are valid, and promtool fires each of them', () => {
  promtool('check', 'rules', ALERTS);
  promtool('test', 'rules', join(INFRA, 'prometheus/alerts.test.yml'));
});

/** Starts Prometheus on the example's settings, with other addresses. @returns its URL */
async function startPrometheus(
  t: TestContext,
  targets: Readonly<Record<string, string>>,
): Promise<string> {
  const dir = tempDir(t);
  cpSync(join(INFRA, 'prometheus'), dir, { recursive: true });
  writeFileSync(join(dir, 'api-key'), KEY);
  const file = join(dir, 'prometheus.yml');
  promtool('check', 'config', file);
  const config = parse(readFileSync(file, 'utf8'));
  config.global.scrape_interval = `${SCRAPE_MS}ms`;
  for (const job of config.scrape_configs) {
    job.static_configs = [{ targets: [new URL(targets[job.job_name] ?? '').host] }];
  }
  writeFileSync(file, stringify(config));
  const listen = `127.0.0.1:${await freePort('127.0.0.1')}`;
  const data = `--storage.tsdb.path=${join(dir, 'data')}`;
  const args = [`--config.file=${file}`, data, `--web.listen-address=${listen}`];
  const child = spawn('prometheus', args, { stdio: 'ignore' });
  t.after(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  const url = `http://${listen}`;
  await until(() =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return url;
}

/** Every query of the dashboard, by the title of its panel, as Grafana would ask it. */
function dashboardQueries(): (readonly [title: string, query: string])[] {
  const dashboard = JSON.parse(readFileSync(join(INFRA, 'grafana/hookline.json'), 'utf8'));
  type Panel = { title: string; targets?: { expr: string }[] };
  return dashboard.panels.flatMap(({ title, targets = [] }: Panel) =>
    targets.map(({ expr }) => [title, expr.replaceAll('$__rate_interval', '1m')] as const),
  );
}

/** Panels that are empty while all is well. */
const EMPTY_WHEN_WELL: ReadonlySet<unknown> = new Set([
  ...['Alarms', 'Endpoints that are not open', 'Failing endpoints', 'Waiting by endpoint'],
]);

test('a real Prometheus answers every query of the dashboard and of the alerts', async (t) => {
  const metricsPort = await freePort('127.0.0.1');
  const system = await aDeliverySystem(t, {
    ...{ PARTITIONS: '3', API_KEYS: KEY, RETRY_SCHEDULE: '200ms' },
    METRICS_PORT: String(metricsPort),
  });
  const consumer = system.start('consumer');
  const front = await startFront(system);
  const consumerUrl = `http://127.0.0.1:${metricsPort}`;
  const isUp = () => fetch(`${consumerUrl}/ping`).then(Boolean, () => false);
  await until(isUp, { describe: consumer.output });
  const url = await startPrometheus(t, {
    'hookline-console': front.consoleUrl,
    'hookline-producer': front.url,
    'hookline-consumer': consumerUrl,
  });
  const headers = { authorization: `Bearer ${KEY}` };
  for (const at of [front.url, front.consoleUrl, consumerUrl]) {
    const metrics = await (await fetch(`${at}/metrics`, { headers })).text();
    // The figures of Node are prom-client's, and some of them have names that promtool warns of.
    const ours = metrics.split('\n').filter((line) => /^(# \w+ )?hookline_/.test(line));
    execFileSync('promtool', ['check', 'metrics'], { input: `${ours.join('\n')}\n` });
  }
  const body = JSON.stringify({ user_id: 'u', data: 1 });
  const send = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      const { status } = await fetch(`${front.url}/send`, { method: 'POST', headers, body });
      assert.equal(status, 202);
    }
    const refused = await fetch(`${front.url}/send`, { method: 'POST', headers, body: '{' });
    assert.equal(refused.status, 400);
  };
  const ask = async (query: string) => {
    const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
    const { status, data, error } = (await answer.json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
    };
    assert.equal(status, 'success', `${query}: ${error}`);
    return data.result;
  };
  const empty = async () => {
    const answers = await Promise.all(
      dashboardQueries().map(async ([title, query]) => [title, await ask(query)] as const),
    );
    const all = answers.filter(([, series]) => series.length === 0).map(([title]) => title);
    return all.filter((title) => !EMPTY_WHEN_WELL.has(title));
  };
  // A rate needs two samples of a series: some deliveries before the first, and some after it.
  await send(5);
  await until(async () => (await ask('hookline_deliveries_accepted_total')).length > 0);
  await send(5);
  let still: readonly unknown[] = [];
  await until(async () => (still = await empty()).length === 0, {
    everyMs: SCRAPE_MS,
    describe: () => still,
  });
  const { groups } = parse(readFileSync(ALERTS, 'utf8'));
  const fired: string[] = [];
  for (const { alert, expr } of groups[0].rules)
    if ((await ask(expr)).length > 0) fired.push(alert);
  assert.deepEqual(fired, [], 'a healthy system raises no alert');
  const figures = await ask('sum(hookline_endpoint_attempts_total{endpoint="default"})');
  assert.equal(figures[0]?.value[1], '10');

  system.receiver.setMode('error');
  await send(15);
  const dead = groups[0].rules.find(({ alert = '' }) => alert === 'HooklineDeadLetters').expr;
  await until(async () => (await ask(dead)).length === 1, { everyMs: SCRAPE_MS });
});
