import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTINGS, loadConfig } from './config.ts';
import type { Config } from './config.ts';
import { ConfigError } from '../base/errors.ts';

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
    ['gssapi', 'allowed: empty, plain, scram-sha-256'],
    ['plain', 'KAFKA_SASL_USERNAME'],
    ['oauthbearer', 'KAFKA_OAUTH_TOKEN_URL'],
  ],
  EVENT_RETENTION: [['10m', 'at least 3600000ms']],
  DEAD_LETTER_RETENTION: [['always', 'or never']],
  TOPIC_SETTINGS: [['retention.ms=1000', 'EVENT_RETENTION']],
  KAFKA_SSL_CA: [['/ca.pem', 'KAFKA_SSL=true']],
  KAFKA_SSL_CERT: [['/cert.pem', 'KAFKA_SSL_KEY=""']],
  KAFKA_SSL_KEY: [['/key.pem', 'KAFKA_SSL_CERT=""']],
  KAFKA_OAUTH_TOKEN_URL: [['tokens.example.com', 'http:// or https:// URL']],
  TOPIC_PREFIX: [
    ['a b', 'letters'],
    ['a/b', 'letters'],
    ['x'.repeat(101), '100'],
  ],
  PARTITIONS: [
    ['0', '1 to 1000'],
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
  METRICS_ENDPOINTS: [['all', '0 to 10000']],
  WEBHOOK_URL: [
    ['127.0.0.1:8090', 'http'],
    ['ftp://a/', 'http'],
    ['nonsense', 'http'],
    ['http://user:hunter2@a/', 'without a user'],
  ],
  WEBHOOK_SECRET: [
    ['not base64!', 'base64'],
    ['abc', 'whsec_ and base64 of 16 to 64 bytes'],
    ['whsec_abc', '16 to 64 bytes'],
  ],
  USER_KEYS: [['on', 'with a SECRET_KEY']],
  SECRET_KEY: [['too short', '16 characters']],
  ALLOW_TARGETS: [
    ['10.0.0.0', 'CIDR'],
    ['10.0.0.0/33', 'CIDR'],
    ['localhost/8', 'CIDR'],
    ['fd00::/129', 'CIDR'],
  ],
  CONCURRENCY: [['10001', '1 to 10000']],
  RATE_LIMIT: [
    ['0', 'above 0'],
    ['-1', 'above 0'],
    ['1/s', 'number'],
    ['Infinity', 'number'],
  ],
  ORDERING: [['user', 'none, key']],
  CLOUDEVENTS_SOURCE: [['with space', 'allowed: a URI']],
  ALERT_DEAD_LETTERS: [['0', 'whole number from 1']],
  HTTPS_PROXY: [
    ['proxy:3128', 'such as http://proxy:3128'],
    ['socks5://proxy:1080', 'an http:// or https:// URL'],
    ['http://proxy:3128/path', 'without a path'],
  ],
  NO_PROXY: [
    ['10.0.0.0/33', 'networks such as'],
    ['a b', 'names'],
  ],
  DELIVERY_TIMEOUT_MS: [
    ['15', '100 to 120000'],
    ['50ms', '100 to 120000'],
    ['3m', '100 to 120000'],
    ['15 seconds', 'such as 15s'],
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
  MAX_FILE_BYTES: [
    ['0', '1 to'],
    ['1XB', 'such as 2GB'],
    ['many', 'such as 2GB'],
  ],
  MAX_MESSAGE_BYTES: [
    ['2000000', '1048576'],
    ['2MB', '1048576'],
  ],
  SETTLE_MS: [['10', '50 to']],
  SOURCE_TOPICS: [
    ['a b', 'letters, digits'],
    ['webhooks.deliveries', 'no topic of Hookline'],
  ],
  SOURCE_USER_ID: [['value', 'key, header:NAME']],
  SOURCE_EVENT_TYPE: [['hookline.x', 'header:NAME']],
  SOURCE_TOMBSTONES: [['keep', 'skip, deliver']],
  SOURCE_FROM: [['latest', 'now, earliest']],
  SCHEMA_REGISTRY_URL: [
    ['registry:8081', 'such as http://registry:8081'],
    ['http://registry:8081/?x=1', 'an http:// or https:// URL'],
  ],
  SOURCE_TO_DEFAULT: [['yes', 'true, false']],
  S3_INBOX: [['s3://alerts,s3://alerts/in', 'one of the two']],
  S3_ENDPOINT: [['localhost:9000', 'http:// or https://']],
  S3_AFTER: [['delete', 'move, tag, keep']],
  S3_POLL: [['10', 'duration']],
  ON_SAME_CONTENT: [['maybe', 'deliver, skip']],
  MAX_UNFINISHED_LINE_WAIT: [
    ['30', 'duration'],
    ['25h', 'to 24h'],
  ],
  LOG_RETENTION_HOURS: [
    ['0', '1 to 8760'],
    ['90m', 'whole hours'],
  ],
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
  OTEL_EXPORTER_OTLP_ENDPOINT: [
    ['collector:4318', 'http:// or https:// URL'],
    ['grpc://collector:4317', 'http:// or https:// URL'],
  ],
  OTEL_TRACES_SAMPLER: [['jaeger_remote', 'always_on, always_off, traceidratio']],
  OTEL_TRACES_SAMPLER_ARG: [
    ['1%', '0 to 1'],
    ['1.01', '0 to 1'],
    ['-0.1', '0 to 1'],
  ],
};

/** Any text is good in these. */
const FREE_TEXT = [
  ...['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD', 'KAFKA_OAUTH_SCOPE'],
  ...['DATA_DIR', 'RECEIVER_OUTPUT', 'DELIVERY_TLS_CA', 'DELIVERY_TLS_CERT', 'DELIVERY_TLS_KEY'],
  ...['INSTANCE_NAME', 'OTEL_SERVICE_NAME', 'OTEL_EXPORTER_OTLP_PROTOCOL'],
];

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

test('another protocol is refused where a collector is named, and nowhere else', () => {
  const grpc = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  assert.equal(loadConfig(grpc).OTEL_EXPORTER_OTLP_ENDPOINT, '');
  const named = { ...grpc, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4317' };
  assert.throws(
    () => loadConfig(named),
    /OTEL_EXPORTER_OTLP_PROTOCOL="grpc": allowed: http\/protobuf/,
  );
});

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

test('sizes and times take units, and plain numbers as before', () => {
  const read: readonly [name: keyof Config, text: string, value: number][] = [
    ['MAX_FILE_BYTES', '10GB', 10e9],
    ['MAX_FILE_BYTES', '1.5 GiB', 1.5 * 1024 ** 3],
    ['MAX_FILE_BYTES', '700', 700],
    ['MAX_MESSAGE_BYTES', '64kib', 65_536],
    ['DELIVERY_TIMEOUT_MS', '15s', 15_000],
    ['DELIVERY_TIMEOUT_MS', '2m', 120_000],
    ['DELIVERY_TIMEOUT_MS', '250', 250],
    ['RETRY_BASE_MS', '1h', 3_600_000],
    ['SETTLE_MS', '500ms', 500],
    ['LOG_RETENTION_HOURS', '3d', 72],
    ['LOG_RETENTION_HOURS', '24', 24],
  ];
  for (const [name, text, value] of read) {
    assert.equal(loadConfig({ [name]: text })[name], value, `${name}=${text}`);
  }
  const { MAX_FILE_BYTES, MAX_MESSAGE_BYTES } = loadConfig({});
  assert.deepEqual([MAX_FILE_BYTES, MAX_MESSAGE_BYTES], [10 * 1024 ** 3, 262_144]);
});

test('one port given twice is refused; a default port that is hit is not', () => {
  for (const [name, other] of [
    ['CONSOLE_PORT', 'PORT'],
    ['RECEIVER_PORT', 'PORT'],
    ['METRICS_PORT', 'RECEIVER_PORT'],
  ] as const) {
    assert.throws(
      () => loadConfig({ [name]: '9000', [other]: '9000' }),
      (error: unknown) =>
        error instanceof ConfigError && /=9000: \w+ has that port/.test(error.message),
    );
  }
  assert.equal(loadConfig({ PORT: '8081' }).CONSOLE_PORT, 8081);
  assert.equal(loadConfig({ PORT: '0', CONSOLE_PORT: '0' }).PORT, 0);
});

test('a certificate without its key is refused, and the other way round', () => {
  assert.throws(() => loadConfig({ DELIVERY_TLS_CERT: 'a.pem' }), /DELIVERY_TLS_KEY="": allowed/);
  assert.throws(() => loadConfig({ DELIVERY_TLS_KEY: 'a.pem' }), /DELIVERY_TLS_CERT="": allowed/);
});

test('proxy variables that other software reads are no misspelt settings', () =>
  void loadConfig({ HTTP_PROXY: 'http://a', https_proxy: 'http://a', no_proxy: 'a' }));

test('a misspelt setting is refused with the name that was meant', () => {
  assert.throws(() => loadConfig({ CONCURENCY: '3' }), /CONCURENCY: .* did you mean CONCURRENCY\?/);
});

test('a secret is never shown in a refusal', () => {
  for (const given of [
    { WEBHOOK_SECRET: 'hunter2!' },
    { SECRET_KEY: 'hunter2!' },
    { API_KEYS: 'hunter2 3' },
    { HTTPS_PROXY: 'http://user:hunter2@proxy/path' },
    { SCHEMA_REGISTRY_URL: 'http://user:hunter2@registry/?x' },
    { WEBHOOK_URL: 'http://user:hunter2@a/' },
  ]) {
    assert.throws(
      () => loadConfig(given),
      (error: unknown) => error instanceof ConfigError && !error.message.includes('hunter2'),
    );
  }
});
