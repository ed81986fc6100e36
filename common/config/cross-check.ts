import { isSigningSecret } from '../security/signature.ts';

/** The settings of which one says what another may be. */
interface Crossed {
  readonly HOST: string;
  readonly API_KEYS: readonly string[];
  readonly KAFKA_SSL: boolean;
  readonly KAFKA_SSL_CA: string;
  readonly KAFKA_SSL_CERT: string;
  readonly KAFKA_SSL_KEY: string;
  readonly KAFKA_SASL_MECHANISM: string;
  readonly KAFKA_SASL_USERNAME: string;
  readonly KAFKA_OAUTH_TOKEN_URL: string;
  readonly TOPIC_SETTINGS: Readonly<Record<string, string>>;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT: string;
  readonly OTEL_EXPORTER_OTLP_PROTOCOL: string;
  readonly WEBHOOK_URL: string;
  readonly WEBHOOK_SECRET: string;
  readonly SECRET_KEY: string;
  readonly USER_KEYS: 'off' | 'on';
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** Rules that span settings. Returns the problems found, none when all is well. */
export function crossCheck(config: Crossed): string[] {
  const problems: string[] = [];
  if (config.API_KEYS.length === 0 && !LOOPBACK.test(config.HOST)) {
    problems.push(
      `API_KEYS="": HOST is ${config.HOST}, which others can reach; ` +
        'allowed: at least one key, or a loopback HOST such as 127.0.0.1',
    );
  }
  problems.push(...kafkaProblems(config));
  for (const [name, instead] of Object.entries(OWN_TOPIC_SETTINGS)) {
    if (config.TOPIC_SETTINGS[name] === undefined) continue;
    problems.push(`TOPIC_SETTINGS: ${name} differs from topic to topic; allowed: ${instead}`);
  }
  if (config.USER_KEYS === 'on' && config.SECRET_KEY === '') {
    problems.push(
      'USER_KEYS="on": SECRET_KEY is empty, and the keys of users are derived from it; ' +
        'allowed: with a SECRET_KEY of 16 characters or more',
    );
  }
  const { OTEL_EXPORTER_OTLP_PROTOCOL: protocol } = config;
  // It may stand in the environment for other programs: without a collector it means nothing to us.
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT !== '' && protocol !== 'http/protobuf') {
    const given = JSON.stringify(protocol);
    problems.push(
      `OTEL_EXPORTER_OTLP_PROTOCOL=${given}: allowed: http/protobuf, which collectors take at port 4318`,
    );
  }
  const { username, password } = new URL(config.WEBHOOK_URL);
  if (username + password !== '') {
    problems.push(
      'WEBHOOK_URL=(hidden): allowed: a URL without a user; use WEBHOOK_SECRET to sign',
    );
  }
  if (config.WEBHOOK_SECRET !== '' && !isSigningSecret(config.WEBHOOK_SECRET)) {
    problems.push(
      'WEBHOOK_SECRET=(hidden): allowed: whsec_ and base64 of 16 to 64 bytes, ' +
        'such as whsec_ and what `openssl rand -base64 32` prints',
    );
  }
  return problems;
}

/** Settings of topics that Hookline sets itself, and what stands in their place. */
const OWN_TOPIC_SETTINGS = {
  'retention.ms': 'EVENT_RETENTION, DEAD_LETTER_RETENTION and LOG_RETENTION_HOURS',
  'cleanup.policy': 'any other setting',
  'delete.retention.ms': 'any other setting',
  'message.timestamp.type': 'any other setting',
  'max.message.bytes': 'MAX_MESSAGE_BYTES, which all topics have room for',
};

/** Finds what the settings of the way to Kafka lack, or have for nothing. */
function kafkaProblems(config: Crossed): string[] {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key } = config;
  const problems: string[] = [];
  if (mechanism !== '' && config.KAFKA_SASL_USERNAME === '') {
    problems.push('KAFKA_SASL_USERNAME="": allowed: a user name, as KAFKA_SASL_MECHANISM is set');
  }
  if (mechanism === 'oauthbearer' && config.KAFKA_OAUTH_TOKEN_URL === '') {
    problems.push(
      'KAFKA_OAUTH_TOKEN_URL="": allowed: the URL of a token endpoint, as KAFKA_SASL_MECHANISM is oauthbearer',
    );
  }
  for (const name of ['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'] as const) {
    if (config[name] === '' || config.KAFKA_SSL) continue;
    problems.push(`${name}="${config[name]}": KAFKA_SSL is false; allowed: with KAFKA_SSL=true`);
  }
  if (cert !== '' && key === '')
    problems.push('KAFKA_SSL_KEY="": allowed: the key of KAFKA_SSL_CERT');
  if (key !== '' && cert === '') {
    problems.push('KAFKA_SSL_CERT="": allowed: the certificate of KAFKA_SSL_KEY');
  }
  return problems;
}
