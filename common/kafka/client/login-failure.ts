import { ConfigError } from '../../base/errors.ts';

/** Codes that begin so are OpenSSL's and Node's for a certificate that is not trusted. */
const UNTRUSTED =
  /^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_|INVALID_CA|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH)/;
/** Alerts with which a broker refuses a client without a certificate, or with a wrong one. */
const REFUSED_BY_BROKER = /^ERR_SSL_(SSL)?V3_ALERT|^ERR_SSL_TLSV1[23]?_ALERT/;
const NO_TLS = /^(ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)/;

/**
 * Explains why a broker and a client do not come together, where the settings are to blame.
 *
 * @returns null where they are not
 */
export function loginFailure(error: unknown): ConfigError | null {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const { message, name } = current;
    const code = 'code' in current ? String(current.code) : '';
    const say = (text: string) => new ConfigError([`${text} (${message})`]);
    if (name === 'KafkaJSSASLAuthenticationError') {
      return say(
        'KAFKA_SASL_PASSWORD=(hidden): the broker refuses the login; allowed: ' +
          'KAFKA_SASL_MECHANISM, USERNAME and PASSWORD as the broker has them',
      );
    }
    if (UNTRUSTED.test(code)) {
      return say(
        "KAFKA_SSL_CA: the broker's certificate is not trusted; allowed: " +
          'the PEM file of the authority that has signed it, for the name in KAFKA_BROKERS',
      );
    }
    if (REFUSED_BY_BROKER.test(code)) {
      return say(
        'KAFKA_SSL_CERT: the broker refuses the connection; allowed: ' +
          'a client certificate that an authority of the broker has signed',
      );
    }
    if (NO_TLS.test(code)) {
      return say(
        'KAFKA_SSL=true: the broker does not speak TLS at this port; allowed: ' +
          'the port of a TLS listener in KAFKA_BROKERS',
      );
    }
    if (message.startsWith('KAFKA_OAUTH_TOKEN_URL')) return new ConfigError([message]);
    current = current.cause;
  }
  return null;
}
