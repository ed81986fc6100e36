import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { ConfigError, messageOf } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import type { SenderOptions } from './sender.ts';

type TlsSettings = Pick<Config, 'DELIVERY_TLS_CA' | 'DELIVERY_TLS_CERT' | 'DELIVERY_TLS_KEY'>;
type Settings = TlsSettings &
  Pick<Config, 'HTTPS_PROXY' | 'NO_PROXY' | 'DELIVERY_TIMEOUT_MS' | 'CONNECTION_MAX_AGE'>;

/**
 * The options of every sender that follow from the settings. Files are read now, so that one that
 * cannot be used stops the start.
 *
 * @throws ConfigError
 */
export function senderOptions(config: Settings): Omit<SenderOptions, 'guard'> {
  const { HTTPS_PROXY: url, NO_PROXY: bypass } = config;
  return {
    timeoutMs: config.DELIVERY_TIMEOUT_MS,
    connectionMaxAgeMs: config.CONNECTION_MAX_AGE,
    proxy: url === '' ? null : { url: new URL(url), bypass },
    ...ownContext(config),
  };
}

/** @returns nothing where Node's own context will do, which all senders share */
function ownContext(config: TlsSettings): { readonly secureContext?: () => SecureContext } {
  const { DELIVERY_TLS_CA, DELIVERY_TLS_CERT, DELIVERY_TLS_KEY } = config;
  if (DELIVERY_TLS_CA === '' && DELIVERY_TLS_CERT === '') return {};
  const ca = pem('DELIVERY_TLS_CA', DELIVERY_TLS_CA);
  const cert = pem('DELIVERY_TLS_CERT', DELIVERY_TLS_CERT);
  const key = pem('DELIVERY_TLS_KEY', DELIVERY_TLS_KEY);
  try {
    const context = createSecureContext({
      // Given authorities stand beside the usual ones, not in their place.
      ...(ca !== null && { ca: [...getCACertificates('default'), ca] }),
      ...(cert !== null && key !== null && { cert, key }),
    });
    return { secureContext: () => context };
  } catch (error) {
    const names = 'DELIVERY_TLS_CA, DELIVERY_TLS_CERT or DELIVERY_TLS_KEY';
    throw new ConfigError([
      `${names}: ${messageOf(error)}; allowed: certificates and their key as PEM, without password`,
    ]);
  }
}

function pem(name: keyof TlsSettings, path: string): string | null {
  if (path === '') return null;
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN ')) return text;
    throw new Error('the file holds no PEM');
  } catch (error) {
    const given = JSON.stringify(path);
    throw new ConfigError([`${name}=${given}: ${messageOf(error)}; allowed: path of a PEM file`]);
  }
}
