import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../config/config.ts';
import { KAFKA_ROLES, rightsOf } from './rights.ts';
import { topicTable } from './topics.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/kafka.md');
const withKeys = { USER_KEYS: 'on', SECRET_KEY: 'sixteen characters' };
const config = loadConfig({ RETRY_SCHEDULE: '5s', ...withKeys });

test('every role has a right on every topic, and no two roles may do the same', () => {
  const all = KAFKA_ROLES.map((role) => rightsOf(role, config));
  for (const rights of all) {
    const topics = rights.filter(({ kind }) => kind === 'topic').map(({ name }) => name);
    assert.deepEqual(
      topics,
      topicTable(config).map(({ name }) => name),
    );
  }
  assert.equal(new Set(all.map((rights) => JSON.stringify(rights))).size, KAFKA_ROLES.length);
});

test('the table of rights in the documents is what the roles ask for', () => {
  const cells = new Map<string, string[]>();
  KAFKA_ROLES.forEach((role, column) => {
    for (const { kind, name, isPrefix, operations } of rightsOf(role, config)) {
      const shown = name.replace('webhooks.deliveries-retry-5000', 'webhooks.deliveries-retry-…');
      const key = `${kind} \`${shown}${isPrefix ? '…' : ''}\``;
      const row = cells.get(key) ?? KAFKA_ROLES.map(() => '');
      row[column] = operations.join(', ');
      cells.set(key, row);
    }
  });
  const rows = [...cells].map(([key, row]) => `| ${[key, ...row].join(' | ')} |`);
  const document = readFileSync(DOCUMENT, 'utf8');
  const missing = rows.filter((row) => !document.includes(row));
  assert.deepEqual(missing, [], missing.join('\n'));
});
