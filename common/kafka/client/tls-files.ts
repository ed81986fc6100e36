import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError, messageOf } from '../../base/errors.ts';

/** Settings that name files of TLS; '' is none. */
interface TlsSettings {
  readonly KAFKA_SSL_CA: string;
  readonly KAFKA_SSL_CERT: string;
  readonly KAFKA_SSL_KEY: string;
}

interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const MEANINGS = {
  ca: ['KAFKA_SSL_CA', 'a file with CA certificates in PEM form'],
  cert: ['KAFKA_SSL_CERT', 'a file with a certificate in PEM form'],
  key: ['KAFKA_SSL_KEY', 'a file with the private key of KAFKA_SSL_CERT in PEM form, unencrypted'],
} as const;

/**
 * Returns options for `tls.connect` whose files are read again for each connection, because
 * certificates that live for hours are replaced while a process runs. A file that cannot be used
 * at that moment leaves what was read before.
 *
 * @returns true where no file is named: what Node trusts, and no certificate of our own
 * @throws ConfigError a file cannot be read now, or is none that TLS can use
 */
export function tlsFiles(settings: TlsSettings): TlsOptions | true {
  let last = readFiles(settings);
  if (Object.keys(last).length === 0) return true;
  const options = {};
  // kafkajs copies the properties for each connection. The first of them reads all files, so that
  // a certificate is never paired with the key of another one.
  const [first] = Object.keys(last);
  for (const name of Object.keys(last) as (keyof TlsOptions)[]) {
    const get = () => {
      if (name === first) last = readAgain(settings, last);
      return last[name];
    };
    Object.defineProperty(options, name, { enumerable: true, get });
  }
  return options;
}

function readAgain(settings: TlsSettings, last: TlsOptions): TlsOptions {
  try {
    return readFiles(settings);
  } catch {
    return last;
  }
}

function readFiles(settings: TlsSettings): TlsOptions {
  const read: { -readonly [Name in keyof TlsOptions]: string } = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const [setting] = MEANINGS[name];
    if (settings[setting] === '') continue;
    try {
      read[name] = readFileSync(settings[setting], 'utf8');
      // Node passes over text that is no certificate of an authority, and then trusts nobody.
      if (name !== 'key') void new X509Certificate(read[name]);
    } catch (error) {
      throw refused(settings, name, error);
    }
  }
  try {
    createSecureContext(read);
  } catch (error) {
    throw refused(settings, read.key === undefined ? 'ca' : 'key', error);
  }
  return read;
}

function refused(settings: TlsSettings, name: keyof TlsOptions, error: unknown): ConfigError {
  const [setting, allowed] = MEANINGS[name];
  const given = JSON.stringify(settings[setting]);
  return new ConfigError([`${setting}=${given}: ${messageOf(error)}; allowed: ${allowed}`]);
}

/**
 * Returns the principal that a broker makes of a client certificate without rules of its own
 * (`ssl.principal.mapping.rules`): the subject, most specific part first.
 *
 * @see RFC 2253
 */
export function certificatePrincipal(file: string): string {
  const { subject } = new X509Certificate(readFileSync(file, 'utf8'));
  return `User:${subject.split('\n').reverse().join(',')}`;
}
