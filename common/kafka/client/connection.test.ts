import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../config/config.ts';
import { createLogger } from '../../base/logger.ts';
import { connectKafka } from './connection.ts';

test('a role that is started alone and told of no broker says so, by the name of the setting', () => {
  const logger = createLogger('test', 'silent');
  assert.throws(() => connectKafka(loadConfig({}), logger, 'test'), {
    name: 'ConfigError',
    message: /^Settings refused:\n {2}KAFKA_BROKERS="": allowed: host:port/,
  });
});
