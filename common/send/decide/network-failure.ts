import type { NetworkFailure } from '../outcome.ts';

const KINDS: Readonly<Record<string, NetworkFailure>> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  EPIPE: 'connection-reset',
  UND_ERR_SOCKET: 'connection-reset',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  target_forbidden: 'target-forbidden',
};

/** Names what kept a request from being answered; total, so that no error goes unnamed. */
export function networkFailure(error: unknown): NetworkFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const kind = KINDS[code];
  if (kind) return kind;
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/.test(code) ? 'tls' : 'network';
}
