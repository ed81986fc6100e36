import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTINGS, loadConfig } from './config.ts';
import { ConfigError } from './errors.ts';
import { retrySchedule } from './retry-schedule.ts';

/** Values that must be refused, and a word that the message must hold. */
const REFUSED: Readonly<Record<string, readonly (readonly [value: string, says: string])[]>> = {
  KAFKA_BROKERS: [
    ['localhost', 'host:port'],
    ['a:1,b', 'host:port'],
    ['http://a:9092', 'host:port'],
    ['a:99999', 'host:port'],
  ],
  KAFKA_SSL: [['yes', 'true, false, 1, 0']],
  KAFKA_SASL_MECHANISM: [
    ['gssapi', 'scram-sha-256'],
    ['plain', 'KAFKA_SASL_USERNAME'],
  ],
  TOPIC_PREFIX: [
    ['a b', 'letters'],
    ['a/b', 'letters'],
    ['x'.repeat(101), '100'],
  ],
  PARTITIONS: [
    ['0', '1 to 1000'],
    ['-1', 'whole number'],
    ['1.5', 'whole number'],
    ['1e3', 'whole number'],
    ['twelve', 'whole number'],
  ],
  REPLICATION_FACTOR: [['0', '1 to 7']],
  HOST: [['0.0.0.0', 'API_KEYS']],
  API_KEYS: [
    ['a,b c', 'without spaces'],
    ['schlüssel', 'ASCII'],
  ],
  PORT: [
    ['70000', '65535'],
    ['http', 'whole number'],
  ],
  CONSOLE_PORT: [['-1', 'whole number']],
  METRICS_PORT: [['70000', '65535']],
  WEBHOOK_URL: [
    ['127.0.0.1:8090', 'http'],
    ['ftp://a/', 'http'],
    ['nonsense', 'http'],
    ['http://user:hunter2@a/', 'without a user'],
  ],
  WEBHOOK_SECRET: [['not base64!', 'base64']],
  SECRET_KEY: [['too short', '16 characters']],
  ALLOW_TARGETS: [
    ['10.0.0.0', 'CIDR'],
    ['10.0.0.0/33', 'CIDR'],
    ['localhost/8', 'CIDR'],
    ['fd00::/129', 'CIDR'],
  ],
  CONCURRENCY: [
    ['0', '1 to 10000'],
    ['1000000', '10000'],
  ],
  RATE_LIMIT: [
    ['0', 'above 0'],
    ['-1', 'above 0'],
    ['1/s', 'number'],
    ['Infinity', 'number'],
  ],
  ORDERING: [['user', 'none, key']],
  DELIVERY_TIMEOUT_MS: [
    ['15s', 'whole number'],
    ['50', '100 to 120000'],
  ],
  RETRY_STRATEGY: [['fibonacci', 'exponential, linear']],
  RETRY_BASE_MS: [['0', '1 to']],
  RETRY_MAX_ATTEMPTS: [['21', '1 to 20']],
  RETRY_SCHEDULE: [
    ['5', 'durations'],
    ['5s,', 'durations'],
    ['5s;30s', 'durations'],
    ['8d', '7d'],
    [Array(21).fill('1s').join(), '20'],
  ],
  USER_RATE_LIMIT: [
    ['0', 'above 0'],
    ['0.0001', 'at least 0.001'],
  ],
  USER_RATE_STRATEGY: [['leaky', 'token-bucket, fixed-window']],
  USER_RATE_STORE: [
    ['localhost:6379', 'redis://'],
    ['http://a', 'redis://'],
  ],
  MAX_LAG: [['0', '1 to']],
  MAX_FILE_BYTES: [['1GB', 'whole number']],
  MAX_MESSAGE_BYTES: [['2000000', '1048576']],
  SETTLE_MS: [['10', '50 to']],
  ON_SAME_CONTENT: [['maybe', 'deliver, skip']],
  MAX_UNFINISHED_LINE_WAIT: [
    ['30', 'duration'],
    ['25h', 'to 24h'],
  ],
  LOG_RETENTION_HOURS: [['0', '1 to 8760']],
  CONNECTION_MAX_AGE: [
    ['60', 'a duration from 1s to 24h'],
    ['999ms', 'from 1s'],
    ['2d', 'to 24h'],
  ],
  DISABLE_AFTER: [
    ['5', 'duration'],
    ['999ms', 'at least 1000ms'],
  ],
  REDRIVE_INTERVAL: [
    ['10', 'duration'],
    ['999ms', 'at least 1000ms'],
    ['often', 'duration'],
  ],
  RECEIVER_PORT: [['x', 'whole number']],
  RECEIVER_MODE: [['broken', 'ratelimit']],
  RECEIVER_RPS: [['0', 'above 0']],
  LOG_LEVEL: [['verbose', 'trace, debug']],
};

/** Any text is good in these. */
const FREE_TEXT = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD', 'DATA_DIR', 'RECEIVER_OUTPUT'];

for (const [name, rows] of Object.entries(REFUSED)) {
  for (const [value, says] of rows) {
    test(`${name}=${value.slice(0, 40)} is refused by name`, () => {
      assert.throws(
        () => loadConfig({ [name]: value }),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, new RegExp(name));
          assert.ok(error.message.includes(says), error.message);
          assert.match(error.message, /allowed/);
          return true;
        },
      );
    });
  }
}

test('every setting is in the table of refused values, or takes any text', () => {
  const covered = [...Object.keys(REFUSED), ...FREE_TEXT].sort();
  assert.deepEqual(covered, Object.keys(SETTINGS).sort());
});

test('all bad settings are named at once, and an empty text counts as not given', () => {
  assert.throws(
    () => loadConfig({ PORT: 'x', ORDERING: 'y', RATE_LIMIT: '' }),
    (error: unknown) => error instanceof ConfigError && error.problems.length === 2,
  );
});

test('a secret is never shown in a refusal', () => {
  for (const given of [
    { WEBHOOK_SECRET: 'hunter2!' },
    { SECRET_KEY: 'hunter2!' },
    { API_KEYS: 'hunter2 3' },
    { WEBHOOK_URL: 'http://user:hunter2@a/' },
  ]) {
    assert.throws(
      () => loadConfig(given),
      (error: unknown) => error instanceof ConfigError && !error.message.includes('hunter2'),
    );
  }
});

test('the schedule is exponential, linear, or exactly as given', () => {
  const schedule = (env: Record<string, string>) => retrySchedule(loadConfig(env));
  assert.deepEqual(schedule({ RETRY_BASE_MS: '100' }), [100, 200, 400, 800]);
  assert.deepEqual(
    schedule({ RETRY_BASE_MS: '100', RETRY_STRATEGY: 'linear' }),
    [100, 200, 300, 400],
  );
  assert.deepEqual(schedule({ RETRY_SCHEDULE: '5s, 30s,5m' }), [5_000, 30_000, 300_000]);
  assert.deepEqual(schedule({ RETRY_MAX_ATTEMPTS: '1' }), []);
  const long = schedule({ RETRY_BASE_MS: '3600000', RETRY_MAX_ATTEMPTS: '10' });
  assert.equal(Math.max(...long), 86_400_000, 'no wait above a day');
});
