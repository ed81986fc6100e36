import { z } from 'zod';
import { crossCheck } from './cross-check.ts';
import { misspeltSettings } from './unknown-settings.ts';
import { ConfigError } from '../base/errors.ts';
import { BUCKET_SETTINGS, unfitBuckets } from './bucket-settings.ts';
import { SENDING_SETTINGS, sendingProblems } from './sending-settings.ts';
import * as t from './setting-types.ts';
import { SOURCE_SETTINGS, unfitSource } from './source-settings.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const SASL = ['', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export const RECEIVER_MODES = [
  'ok',
  'ratelimit',
  'error',
  'slow',
  'flaky',
  'hang',
  'gone',
  'reset',
] as const;

const port = () => t.int({ min: 0, max: 65_535 });

/**
 * Every setting: its rule, its default and its meaning. The README's table is generated from
 * here, so a setting cannot exist without a line there.
 */
export const SETTINGS = {
  KAFKA_BROKERS: t.brokerList().default([]).describe('Kafka to use; empty: embedded, else compose'),
  KAFKA_SSL: t.yesNo().default(false).describe('TLS to the brokers'),
  KAFKA_SSL_CA: t
    .text()
    .default('')
    .describe(
      'PEM file of the authorities that may sign for brokers; empty: those that Node trusts',
    ),
  KAFKA_SSL_CERT: t
    .text()
    .default('')
    .describe('PEM file of the client certificate with its chain, for brokers that ask for one'),
  KAFKA_SSL_KEY: t.text().default('').describe('PEM file of the private key of KAFKA_SSL_CERT'),
  KAFKA_SASL_MECHANISM: t.oneOf(SASL).default('').describe('SASL mechanism; empty: none'),
  KAFKA_SASL_USERNAME: t.text().default('').describe('SASL user; with `oauthbearer` the client id'),
  KAFKA_SASL_PASSWORD: t
    .text()
    .default('')
    .describe('SASL password; with `oauthbearer` the client secret'),
  KAFKA_OAUTH_TOKEN_URL: t
    .httpUrlOrEmpty()
    .default('')
    .describe('where `oauthbearer` gets its tokens, by OAuth 2.0 client credentials'),
  KAFKA_OAUTH_SCOPE: t
    .text()
    .default('')
    .describe('scope that is asked for with the tokens; empty: none'),
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'allowed: 1 to 100 of letters, digits, dot, dash, underscore')
    .default('webhooks')
    .describe('first part of every topic, group and transactional id'),
  PARTITIONS: t
    .int({ min: 1, max: 1_000 })
    .default(12)
    .describe('partitions of each topic; more may be added later'),
  REPLICATION_FACTOR: t.int({ min: 1, max: 7 }).default(1).describe('copies of each partition'),
  INSTANCE_NAME: t
    .text()
    .default('')
    .describe(
      'name that one process at a time has: who starts under it takes over at once; empty: the id of a container',
    ),
  DATA_DIR: z.string().min(1, 'allowed: a folder').default('./data').describe('data folder'),
  HOST: z
    .string()
    .min(1, 'allowed: an address')
    .default('127.0.0.1')
    .describe('address to listen on'),
  PORT: port().default(8080).describe('HTTP port of the API and the dashboard'),
  CONSOLE_PORT: port()
    .default(8081)
    .describe('HTTP port of the console process; `npm start` takes another one if it is taken'),
  METRICS_PORT: port()
    .default(0)
    .describe('port of the `/metrics` of a consumer; 0: any free one, which its log names'),
  METRICS_ENDPOINTS: t
    .int({ min: 0, max: 10_000 })
    .default(100)
    .describe('endpoints with figures of their own in the `/metrics` of a consumer'),
  API_KEYS: t
    .list()
    .refine((keys) => keys.every((key) => /^[\x21-\x7e]+$/.test(key)), {
      error: 'allowed: visible ASCII without spaces, several separated by commas',
    })
    .default([])
    .describe('accepted bearer keys; empty: open, loopback HOST only'),
  WEBHOOK_URL: t
    .httpUrl()
    .default('http://127.0.0.1:8090/webhook')
    .describe('target of file rows and of `/send`'),
  WEBHOOK_SECRET: t
    .text()
    .default('')
    .describe(
      'signing secret of WEBHOOK_URL, `whsec_` and base64 of 16 to 64 bytes; empty: unsigned',
    ),
  SECRET_KEY: t
    .textOrEmpty({ lengthMin: 16 })
    .default('')
    .describe('encrypts secrets of subscriptions in Kafka; empty: they lie there as they are'),
  USER_KEYS: t.oneOf(['off', 'on']).default('off').describe('`on`: encrypts bodies, a key a user'),
  ALLOW_TARGETS: t
    .cidrList()
    .default([])
    .describe('networks that subscriptions may reach besides public addresses, such as 10.0.0.0/8'),
  CONCURRENCY: t.int({ min: 1, max: 10_000 }).default(64).describe('requests in flight a consumer'),
  RATE_LIMIT: t
    .ratePerSecond({ max: 1_000_000 })
    .default(null)
    .describe('deliveries a second to WEBHOOK_URL, whole fleet; empty: none'),
  ORDERING: t
    .oneOf(['none', 'key'])
    .default('none')
    .describe('`key`: a user gets deliveries strictly in order'),
  ...SENDING_SETTINGS,
  RETRY_STRATEGY: t
    .oneOf(['exponential', 'linear'])
    .default('exponential')
    .describe('how the delay grows from RETRY_BASE_MS'),
  RETRY_BASE_MS: t
    .durationMs({ min: 1, max: 86_400_000 })
    .default(5_000)
    .describe('first retry delay'),
  RETRY_MAX_ATTEMPTS: t
    .int({ min: 1, max: 20 })
    .default(5)
    .describe('attempts before the dead-letter topic'),
  RETRY_SCHEDULE: t
    .durations()
    .default(null)
    .describe('exact delays such as `5s,30s,5m`; replaces the three above'),
  DISABLE_AFTER: t
    .durationOrNever({ minMs: 1_000 })
    .prefault('5d')
    .describe('a subscription whose target accepts nothing for so long is disabled; or `never`'),
  USER_RATE_LIMIT: t
    .ratePerSecond({ max: 100_000 })
    .refine((rate) => rate === null || rate >= 0.001, { error: 'allowed: at least 0.001' })
    .default(null)
    .describe('accepted `/send` a second for each user, batch lines too; empty: none'),
  USER_RATE_STRATEGY: t
    .oneOf(['token-bucket', 'fixed-window'])
    .default('token-bucket')
    .describe('how USER_RATE_LIMIT counts: evenly with a burst, or from zero in each window'),
  USER_RATE_STORE: t
    .redisUrl()
    .default('')
    .describe('Redis or Valkey that several API processes count in; empty: each counts alone'),
  MAX_LAG: t
    .int({ min: 1, max: 1_000_000_000 })
    .default(1_000_000)
    .describe(
      'undelivered records at which files wait; without their rows: at which the API answers 429',
    ),
  MAX_FILE_BYTES: t
    .size({ min: 1, max: Number.MAX_SAFE_INTEGER })
    .prefault('10GiB')
    .describe('largest file'),
  MAX_MESSAGE_BYTES: t
    .size({ min: 1, max: 1_048_576 })
    .prefault('256KiB')
    .describe('largest delivery body'),
  SETTLE_MS: t
    .durationMs({ min: 50, max: 600_000 })
    .default(1_000)
    .describe('how long a new file must rest before it is read'),
  MAX_UNFINISHED_LINE_WAIT: t
    .duration({ maxMs: 86_400_000 })
    .prefault('30s')
    .describe('how long a file whose last line has no end must rest before it is read'),
  ON_SAME_CONTENT: t
    .oneOf(['deliver', 'skip'])
    .default('deliver')
    .describe('a file whose content was delivered before: deliver it again, or pass it over'),
  ...SOURCE_SETTINGS,
  ...BUCKET_SETTINGS,
  LOG_RETENTION_HOURS: t
    .durationHours({ min: 1, max: 8_760 })
    .default(72)
    .describe('life of the attempt log'),
  EVENT_RETENTION: t
    .durationOrNever({ minMs: 3_600_000 })
    .prefault('30d')
    .describe('how long deliveries and events stay in the log, delivered or not; or `never`'),
  DEAD_LETTER_RETENTION: t
    .durationOrNever({ minMs: 3_600_000 })
    .prefault('never')
    .describe('how long dead letters are kept; `never`: until a redrive or for ever'),
  TOPIC_SETTINGS: t
    .topicSettings()
    .default({})
    .describe(
      "Kafka's settings for topics that are created, such as `remote.storage.enable=true,min.insync.replicas=2`",
    ),
  REDRIVE_INTERVAL: t
    .durationOrOff({ minMs: 1_000 })
    .default(null)
    .describe('how often dead letters are put back by themselves, such as `10m`; empty: never'),
  RECEIVER_PORT: port().default(8090).describe('port of the simulated receiver'),
  RECEIVER_MODE: t.oneOf(RECEIVER_MODES).default('ok').describe('how it answers at start'),
  RECEIVER_RPS: t
    .ratePerSecond({ max: 1_000_000 })
    .default(null)
    .describe('rate of the receiver for each IP and path; sets the mode `ratelimit`'),
  RECEIVER_OUTPUT: t
    .text()
    .default('')
    .describe('file of accepted alerts; empty: DATA_DIR/output/received.csv'),
  LOG_LEVEL: t.oneOf(LOG_LEVELS).default('info').describe('least level that is logged'),
  OTEL_EXPORTER_OTLP_ENDPOINT: t
    .httpUrlOrEmpty()
    .default('')
    .describe('OpenTelemetry collector that gets traces, OTLP over HTTP; empty: no traces'),
  OTEL_EXPORTER_OTLP_PROTOCOL: t
    .text()
    .default('http/protobuf')
    .describe('protocol to the collector: `http/protobuf` is the only one'),
  OTEL_SERVICE_NAME: t
    .text()
    .default('')
    .describe('name of the service in traces; empty: `hookline-` and the role'),
  OTEL_TRACES_SAMPLER: t
    .oneOf(SAMPLERS)
    .default('parentbased_always_on')
    .describe('which traces are kept; `parentbased_` follows what a request says'),
  OTEL_TRACES_SAMPLER_ARG: t
    .ratio()
    .default(1)
    .describe('part of the traces that the samplers with `traceidratio` keep, 0 to 1'),
} as const;

const Schema = z.object(SETTINGS);
export type Config = Readonly<z.infer<typeof Schema>>;

const PORTS = ['PORT', 'CONSOLE_PORT', 'RECEIVER_PORT', 'METRICS_PORT'] as const;

/**
 * Finds ports that were given twice. A default that is hit by a given port is no mistake of the
 * settings: the two roles may run on two machines, and `npm start` looks at all of them.
 */
function samePorts(config: Config, given: Readonly<Record<string, unknown>>): string[] {
  const set = PORTS.filter((name) => given[name] !== undefined && config[name] !== 0);
  return set.flatMap((name, index) => {
    const first = set.slice(0, index).find((other) => config[other] === config[name]);
    return first ? [`${name}=${config[name]}: ${first} has that port; allowed: another one`] : [];
  });
}

/**
 * Reads every setting and refuses all bad ones at once.
 *
 * @param env usually `process.env`; an empty text counts as not given
 * @throws ConfigError one line a problem: the variable, its value and what is allowed
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.keys(SETTINGS).map((name) => [name, env[name] === '' ? undefined : env[name]]),
  );
  const misspelt = misspeltSettings(env, Object.keys(SETTINGS));
  const parsed = Schema.safeParse(given);
  if (!parsed.success) {
    const refused = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      const shown = /PASSWORD|SECRET|KEYS|STORE|HTTPS_PROXY|SCHEMA_REGISTRY_URL/.test(name)
        ? '(hidden)'
        : JSON.stringify(given[name]);
      return `${name}=${shown}: ${issue.message}`;
    });
    throw new ConfigError([...refused, ...misspelt]);
  }
  const problems = [
    ...crossCheck(parsed.data),
    ...sendingProblems(parsed.data),
    ...unfitSource(parsed.data),
    ...unfitBuckets(parsed.data),
    ...samePorts(parsed.data, given),
    ...misspelt,
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}
