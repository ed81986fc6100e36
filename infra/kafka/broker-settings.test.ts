import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  SHARED_SETTINGS,
  folderSettings,
  portSettings,
  propertiesText,
} from './broker-settings.ts';

const node = (id: number) => ({ id, dir: `/d/${id}`, port: 100 + id, controllerPort: 200 + id });

test('one node keeps one copy of everything', () => {
  const settings = folderSettings(node(1), 1);
  assert.equal(settings['offsets.topic.replication.factor'], '1');
  assert.equal(settings['transaction.state.log.replication.factor'], '1');
  assert.equal(settings['transaction.state.log.min.isr'], '1');
  assert.equal(settings['min.insync.replicas'], '1');
});

test('three nodes keep three copies and need two', () => {
  const settings = folderSettings(node(2), 3);
  assert.equal(settings['node.id'], '2');
  assert.equal(settings['offsets.topic.replication.factor'], '3');
  assert.equal(settings['min.insync.replicas'], '2');
});

test('a node listens on the given host only and knows every controller', () => {
  assert.deepEqual(portSettings(node(2), [node(1), node(2)], 'h'), {
    'controller.quorum.voters': '1@h:201,2@h:202',
    listeners: 'PLAINTEXT://h:102,CONTROLLER://h:202',
    'advertised.listeners': 'PLAINTEXT://h:102',
  });
});

test('a backslash in a value survives the properties format', () => {
  assert.equal(propertiesText({ a: 'C:\\d', b: '1' }), 'a=C:\\\\d\nb=1\n');
});

// The image turns KAFKA_A_B into a.b, so both files must say the same.
test('docker-compose.kafka.yml has the settings and the version of the embedded broker', () => {
  const compose = readFileSync('docker-compose.kafka.yml', 'utf8');
  const cluster = Object.entries(folderSettings(node(1), 3));
  const ofCopies = cluster.filter(([name]) => /replica|isr/.test(name));
  for (const [name, value] of [...Object.entries(SHARED_SETTINGS), ...ofCopies]) {
    const variable = `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`;
    assert.ok(compose.includes(`\n  ${variable}: '${value}'\n`), `${variable}: '${value}'`);
  }
  const pom = readFileSync('infra/kafka/pom.xml', 'utf8');
  const version = /<kafka\.version>(.+)</.exec(pom)?.[1];
  assert.ok(compose.includes(`:-apache/kafka:${version}}\n`), `version ${version}`);
});
