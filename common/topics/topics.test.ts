import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../config/config.ts';
import { topicNames, topicTable } from './topics.ts';

const DAY_MS = 86_400_000;
const settingsOf = (env: Record<string, string>) =>
  new Map(topicTable(loadConfig(env)).map(({ name, settings }) => [name, settings]));
const names = topicNames('webhooks');

test('the settings say how long deliveries and dead letters are kept', () => {
  const retentionOf = (env: Record<string, string>) => {
    const table = settingsOf(env);
    return [...names.lanes, names.deadLetters].map((name) => table.get(name)?.['retention.ms']);
  };
  assert.deepEqual(retentionOf({}), [String(30 * DAY_MS), String(30 * DAY_MS), '-1']);
  const given = { EVENT_RETENTION: '7d', DEAD_LETTER_RETENTION: '90d' };
  assert.deepEqual(
    retentionOf(given),
    [7, 7, 90].map((days) => String(days * DAY_MS)),
  );
  assert.deepEqual(retentionOf({ EVENT_RETENTION: 'never' })[0], '-1');
});

test("an operator's topic settings are taken, those of tiered storage where Kafka takes them", () => {
  const given = 'remote.storage.enable=true, local.retention.ms=3600000, min.insync.replicas=2';
  const table = settingsOf({ TOPIC_SETTINGS: given });
  for (const [name, settings] of table) {
    assert.equal(settings['min.insync.replicas'], '2', name);
    const isCompacted = settings['cleanup.policy'] !== undefined;
    const tiered = isCompacted ? undefined : 'true';
    assert.equal(settings['remote.storage.enable'], tiered, name);
    assert.equal(settings['local.retention.ms'], isCompacted ? undefined : '3600000', name);
  }
});
