import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { connectKafka } from './connection.ts';
import { internalModule } from './internals.ts';

test('a role that is started alone and told of no broker says so, by the name of the setting', () => {
  const logger = createLogger('test', 'silent');
  assert.throws(() => connectKafka(loadConfig({}), logger, 'test'), {
    name: 'ConfigError',
    message: /^Settings refused:\n {2}KAFKA_BROKERS="": allowed: host:port/,
  });
});

test('whoever connects has the requests written by us', () => {
  const settings = loadConfig({ KAFKA_BROKERS: '127.0.0.1:1' });
  connectKafka(settings, createLogger('test', 'silent'), 'test');
  const produce = internalModule<(request: object) => { encode: () => unknown }>(
    'protocol/requests/produce/v3/request',
  );
  const request = { acks: -1, timeout: 1, compression: 1, topicData: [] };
  assert.throws(() => produce(request).encode(), /not compressed/, 'only ours refuses it');
  assert.equal(internalModule<{ name: string }>('protocol/request').name, 'envelope');
});
