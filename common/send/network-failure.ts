import type { NetworkFailure } from './outcome.ts';

const KINDS: Readonly<Record<string, NetworkFailure>> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  EPIPE: 'connection-reset',
  UND_ERR_SOCKET: 'connection-reset',
  connection_closed: 'connection-reset',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  target_forbidden: 'target-forbidden',
};

/** OpenSSL's code when the first bytes from the other side are no TLS record. */
const NO_TLS =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL)$/;
/** Node's message when a connection ends within the TLS handshake. */
const CLOSED_IN_HANDSHAKE = /before secure TLS connection was established/;
const TLS = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/;
/** The chain leads to no authority that this process knows: another authority can be added. */
const UNKNOWN_AUTHORITY = /^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/;
const ADD_AUTHORITY =
  'to trust it, put its CA certificate (PEM) into a file and set DELIVERY_TLS_CA (or NODE_EXTRA_CA_CERTS) to the path';

/** Why a request got no answer: a kind for programs, and a text for people. */
export interface Failure {
  readonly kind: NetworkFailure;
  readonly text: string;
}

/** Names what kept a request from being answered; total, so that no error goes unnamed. */
export function networkFailure(error: unknown): Failure {
  const code = codeOf(error);
  const text = messageOf(error);
  // Before all else: what closed may be the proxy, whose own error is the text.
  if (code === 'proxy_failed') return { kind: 'proxy', text };
  if (NO_TLS.test(code)) return { kind: 'tls', text: 'the target does not speak TLS' };
  if (CLOSED_IN_HANDSHAKE.test(text)) {
    return { kind: 'tls', text: 'the target closed the connection during the TLS handshake' };
  }
  const kind = KINDS[code] ?? (TLS.test(code) ? 'tls' : 'network');
  if (kind === 'tls') return { kind, text: tlsText(code, text, error) };
  return { kind, text: code === 'UND_ERR_SOCKET' ? 'closed without an answer' : text };
}

/** Whether the connection itself was lost, by the other side or by the network. */
export function isConnectionLost(error: unknown): boolean {
  return KINDS[codeOf(error)] === 'connection-reset';
}

function tlsText(code: string, message: string, error: unknown): string {
  // OpenSSL's own message shows its source files; its reason is the part for people.
  const reason = (error as { reason?: unknown }).reason;
  const isOpenSsl = code.startsWith('ERR_SSL') && typeof reason === 'string';
  if (isOpenSsl) return `the TLS handshake failed (${reason})`;
  // Node adds a hint at a flag of its own, which nobody can set for a process that npm starts.
  const [problem = message] = message.split(';');
  return UNKNOWN_AUTHORITY.test(code) ? `${problem}; ${ADD_AUTHORITY}` : problem;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** An attempt at several addresses has an error for each, and no message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
