import { connect as connectTcp, isIP } from 'node:net';
import type { OnReadOpts, Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { SecureContext, TLSSocket } from 'node:tls';
import { TargetForbiddenError } from '../security/target-guard.ts';
import type { TargetGuard } from '../security/target-guard.ts';

/** Where connections lead to, read from an origin once. */
export interface Target {
  readonly isTls: boolean;
  /** A name or an address, without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Host and port as the Host header names them. */
  readonly host: string;
}

/** @param origin scheme, host and port */
export function targetOf(origin: string): Target {
  const { protocol, hostname, port, host } = new URL(origin);
  const isTls = protocol === 'https:';
  const usual = isTls ? 443 : 80;
  return {
    isTls,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? usual : Number(port),
    host,
  };
}

/**
 * Reads straight into one buffer: a stream would make one for each part of an answer.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
export type OnRead = OnReadOpts['callback'];

/**
 * Read buffer of all sockets of this process. Its bytes are taken before the next socket is read,
 * so one buffer is enough.
 */
const shared = Buffer.allocUnsafeSlow(64 * 1_024);
const KEEP_ALIVE_MS = 60_000;

/**
 * The certificates that are trusted, and the ciphers: Node would put them together for every
 * connection. Made late, as the settings may add certificates first.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
let context: SecureContext | undefined;

/** Opens the sockets to one target: checked ones, if there is a guard. */
export class SocketOpener {
  readonly target: Target;
  private readonly guard: TargetGuard | null;
  /** TLS session, with which the next connection needs no key exchange by certificates. */
  private session: Buffer | undefined;
  /** Reached, and being made with a session. */
  private readonly resuming = new WeakSet<Socket>();

  constructor(target: Target, guard: TargetGuard | null) {
    this.target = target;
    this.guard = guard;
  }

  /**
   * Begins a connection; every one is checked again. Of an `https:` target it is made when the
   * certificate has been verified (`secureConnect`).
   *
   * @throws TargetForbiddenError
   */
  open(onRead: OnRead): Socket | TLSSocket {
    const { isTls, hostname, port } = this.target;
    const reason = this.guard?.whyRefused(hostname) ?? null;
    if (reason !== null) throw new TargetForbiddenError(reason);
    const lookup = this.guard ? { lookup: this.guard.lookup } : {};
    const onread = { buffer: shared, callback: onRead };
    const where = { host: hostname, port, noDelay: true, onread, ...lookup };
    const socket = isTls ? this.openTls(where) : connectTcp(where);
    return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
  }

  /**
   * A connection was not made. The session is forgotten if it was offered one: some servers fail
   * at what they cannot take up, and would do so for ever.
   *
   * @returns whether the next one may do better for that
   */
  forgetSession(socket: Socket): boolean {
    if (!this.resuming.delete(socket)) return false;
    this.session = undefined;
    return true;
  }

  private openTls(where: { host: string; port: number; onread: OnReadOpts }): TLSSocket {
    const { host } = where;
    const { session } = this;
    const socket = connectTls({
      ...where,
      secureContext: (context ??= createSecureContext()),
      // An address is no name, and a name has no dot at its end there (RFC 6066, 3).
      servername: isIP(host) === 0 ? host.replace(/\.$/, '') : '',
      ALPNProtocols: ['http/1.1', 'h2'],
      ...(session && { session }),
    });
    if (session) {
      socket.once('connect', () => this.resuming.add(socket));
      socket.once('secureConnect', () => this.resuming.delete(socket));
    }
    // Only a connection whose certificate has been verified gives a session.
    return socket.on('session', (given: Buffer) => (this.session = given));
  }
}
