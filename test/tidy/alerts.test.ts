// Goal: who is woken by an alert finds out what to do, and no alert or panel asks for a figure that
// there is not. That the alerts fire is tested with promtool: npm run test:operations.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { ALARM_KINDS } from '../../common/model/consumer-state.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

const RULES = 'infra/prometheus/alerts.yml';
const FIRED = 'infra/prometheus/alerts.test.yml';
const DASHBOARD = 'infra/grafana/hookline.json';
const RUNBOOK = 'docs/operations.md';

const textOf = (file: string) => readFileSync(file, 'utf8');
const rules: readonly Rule[] = parse(textOf(RULES)).groups.flatMap(
  (group: { rules: readonly Rule[] }) => group.rules,
);

/** The sections of the runbook by their headings. */
const sections = new Map(
  textOf(RUNBOOK)
    .split(/^#{2,3} /m)
    .map((section) => [section.split('\n')[0] ?? '', section]),
);

test('each alarm of a consumer has an alert', () => {
  const all = rules.map(({ expr }) => expr).join('\n');
  const without = ALARM_KINDS.filter((kind) => !all.includes(`hookline_alarms{kind="${kind}"}`));
  assert.deepEqual(without, []);
});

for (const { alert, labels, annotations } of rules) {
  test(`${alert} says how bad it is, and leads to what to do`, () => {
    assert.match(labels.severity, /^(critical|warning|info)$/);
    assert.ok(annotations.summary && annotations.description);
    assert.equal(annotations.runbook_url, `${RUNBOOK}#${alert.toLowerCase()}`);
    const section = sections.get(alert) ?? assert.fail(`${RUNBOOK} has no section ${alert}`);
    for (const part of ['Looks like', 'Provoke', 'Do']) {
      assert.ok(section.includes(`**${part}:**`), `${alert} lacks ${part}`);
    }
  });
}

test('each alert is fired by a test of promtool, and none by a healthy system', () => {
  const { tests } = parse(textOf(FIRED));
  type Case = { name: string; alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] };
  const expected = (tests as Case[]).flatMap(({ name, alert_rule_test }) =>
    alert_rule_test.map((one) => ({ name, alert: one.alertname, fires: !!one.exp_alerts?.length })),
  );
  for (const { alert } of rules) {
    const own = expected.filter((one) => one.alert === alert).map(({ fires }) => fires);
    assert.deepEqual(own, [true, false], alert);
  }
});

test('alerts and dashboard ask for figures that there are', () => {
  const sources = globSync('{common,producer,consumer,console,receiver}/**/*.ts')
    .filter((file) => !file.endsWith('.test.ts'))
    .map(textOf)
    .join('\n');
  const known = new Set([...sources.matchAll(/'(hookline_\w+)'/g)].map(([, name]) => name));
  assert.ok(known.size > 20, [...known].join());
  const asked = [RULES, DASHBOARD].flatMap((file) => [
    ...textOf(file).matchAll(/\bhookline_\w+?(?=(?:_bucket)?\b)/g),
  ]);
  assert.deepEqual(
    [...new Set(asked.map(([name]) => name))].filter((name) => !known.has(name)),
    [],
  );
});

test('figures are named as Prometheus recommends', () => {
  const sources = globSync('{common,producer,consumer,console,receiver}/**/*.ts').map(textOf);
  const made = sources.flatMap((text) => [
    ...text.matchAll(/(add|new )(Counter|Gauge|Histogram)\([^']*?name: '(hookline_\w+)'/g),
  ]);
  assert.ok(made.length > 20, String(made.length));
  const wrong = made.filter(([, , kind, name = '']) => {
    if ((kind === 'Counter') !== name.endsWith('_total')) return true;
    return kind === 'Histogram' && !name.endsWith('_seconds');
  });
  assert.deepEqual(
    wrong.map(([, , , name]) => name),
    [],
  );
});
