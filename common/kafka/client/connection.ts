import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig, LogEntry, SASLOptions } from 'kafkajs';
import { ConfigError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { installFixes } from '../fixes/install.ts';
import { TokenSource } from './oauth-token.ts';
import { certificatePrincipal, tlsFiles } from './tls-files.ts';

/** A configured way to the cluster. Nothing is opened until a part connects. */
export interface KafkaConnection {
  readonly client: Kafka;
  readonly clientId: string;
  /** INSTANCE_NAME: who has it next takes the place of who had it. */
  readonly instanceName: string;
  /** Name under which the broker knows this client, where the settings tell it; else ''. */
  readonly principal: string;
  /** Whether this client logs in, by SASL or by a certificate. */
  readonly hasLogin: boolean;
}

/** Where the brokers are and how to log in, under the names that the settings have. */
export interface KafkaSettings {
  readonly KAFKA_BROKERS: readonly string[];
  readonly INSTANCE_NAME: string;
  readonly KAFKA_SSL: boolean;
  /** Paths of PEM files; '' is none. */
  readonly KAFKA_SSL_CA: string;
  readonly KAFKA_SSL_CERT: string;
  readonly KAFKA_SSL_KEY: string;
  /** '' is no login. */
  readonly KAFKA_SASL_MECHANISM: string;
  readonly KAFKA_SASL_USERNAME: string;
  readonly KAFKA_SASL_PASSWORD: string;
  readonly KAFKA_OAUTH_TOKEN_URL: string;
  readonly KAFKA_OAUTH_SCOPE: string;
}

/**
 * Time within which a client notices that an operator has added partitions, in ms; kafkajs' own is
 * 5 minutes.
 */
export const METADATA_MAX_AGE_MS = 10_000;

/** A broker that hangs is given up on after this long, and the request is tried again. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * @throws ConfigError no broker is named, or a file of KAFKA_SSL_… is none that TLS can use
 * @param clientId begins the member id of every consumer of this process, so it shows in
 *                 Kafka's own tools who holds a partition
 */
export function connectKafka(
  settings: KafkaSettings,
  logger: Logger,
  clientId: string,
): KafkaConnection {
  if (settings.KAFKA_BROKERS.length === 0) {
    throw new ConfigError([
      'KAFKA_BROKERS="": allowed: host:port of one broker or more; only `npm start` finds or starts one',
    ]);
  }
  installFixes(logger);
  const sasl = saslOf(settings);
  const config: KafkaConfig = {
    clientId,
    brokers: [...settings.KAFKA_BROKERS],
    ssl: settings.KAFKA_SSL && tlsFiles(settings),
    connectionTimeout: 3_000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // kafkajs' own default gives up after some 10 s; the cap keeps a recovery prompt.
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => forward(entry, logger),
    ...(sasl ? { sasl } : {}),
  };
  return {
    ...{ client: new Kafka(config), clientId, instanceName: settings.INSTANCE_NAME },
    principal: principalOf(settings),
    hasLogin: settings.KAFKA_SASL_MECHANISM !== '' || settings.KAFKA_SSL_CERT !== '',
  };
}

function saslOf(settings: KafkaSettings): SASLOptions | null {
  if (settings.KAFKA_SASL_MECHANISM === '') return null;
  if (settings.KAFKA_SASL_MECHANISM === 'oauthbearer') {
    const tokens = new TokenSource({
      url: settings.KAFKA_OAUTH_TOKEN_URL,
      clientId: settings.KAFKA_SASL_USERNAME,
      clientSecret: settings.KAFKA_SASL_PASSWORD,
      scope: settings.KAFKA_OAUTH_SCOPE,
    });
    return { mechanism: 'oauthbearer', oauthBearerProvider: () => tokens.current() };
  }
  return {
    mechanism: settings.KAFKA_SASL_MECHANISM,
    username: settings.KAFKA_SASL_USERNAME,
    password: settings.KAFKA_SASL_PASSWORD,
  } as SASLOptions;
}

/** @returns '' where only the broker knows: a token's claim, or nobody at all */
function principalOf(settings: KafkaSettings): string {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SSL_CERT: certificate } = settings;
  if (mechanism === 'oauthbearer') return '';
  if (mechanism !== '') return `User:${settings.KAFKA_SASL_USERNAME}`;
  return settings.KAFKA_SSL && certificate !== '' ? certificatePrincipal(certificate) : '';
}

/** kafkajs reports every passing retry as an error, so each level goes one step down. */
function forward({ level, namespace, log }: LogEntry, logger: Logger): void {
  const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...details } = log;
  const line = `kafkajs: ${message}`;
  const fields = { namespace, ...details };
  // Errors in a broker's answer go to the caller, who handles or logs them.
  if (namespace === 'Connection') logger.debug(fields, line);
  else if (level === logLevel.ERROR) logger.warn(fields, line);
  else if (level === logLevel.WARN) logger.info(fields, line);
  else logger.debug(fields, line);
}
