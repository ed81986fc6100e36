import { connect as connectTcp, isIP } from 'node:net';
import type { OnReadOpts, Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { ConnectionOptions, SecureContext, TLSSocket } from 'node:tls';
import { bypassesProxy } from './proxy.ts';
import type { ProxySettings } from './proxy.ts';
import type { Target } from './target.ts';
import { openTunnel } from './tunnel.ts';
import type { Tunnel } from './tunnel.ts';
import { TargetForbiddenError } from '../security/target-guard.ts';
import type { TargetGuard } from '../security/target-guard.ts';

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
/** Versions of HTTP, the one that is preferred first. */
const VERSIONS = ['http/1.1', 'h2'];
const KEEP_ALIVE_MS = 60_000;

/**
 * The certificates that are trusted, and the ciphers: Node would put them together for every
 * connection. Made late, as the settings may add certificates first.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
let context: SecureContext | undefined;
const usualContext = () => (context ??= createSecureContext());

/** How sockets are opened, besides where to. */
export interface Opening {
  /** Checks every address; null: any may be reached. */
  readonly guard: TargetGuard | null;
  /** The way to https targets; null or absent: directly. */
  readonly proxy?: ProxySettings | null;
  /** Trusted authorities and our own certificate; absent: as Node has them, and none. */
  readonly secureContext?: () => SecureContext;
}

/** Opens the sockets to one target: checked ones, if there is a guard. */
export class SocketOpener {
  readonly target: Target;
  /** Proxy that the connections go through; null: none. */
  readonly proxy: ProxySettings | null;
  private readonly opening: Opening;
  /** TLS session, with which the next connection needs no key exchange by certificates. */
  private session: Buffer | undefined;
  /** Reached, and being made with a session. */
  private readonly resuming = new WeakSet<Socket>();

  constructor(target: Target, opening: Opening) {
    this.target = target;
    this.opening = opening;
    const { proxy } = opening;
    const isUsed = proxy && target.isTls && !bypassesProxy(target, proxy.bypass);
    this.proxy = isUsed ? proxy : null;
  }

  /**
   * Begins a connection; every one is checked again. Of an `https:` target it is made when the
   * certificate has been verified (`secureConnect`).
   *
   * @param tunnel a connection to the proxy that leads to the target
   * @throws TargetForbiddenError
   */
  open(onRead: OnRead, tunnel?: Socket): Socket | TLSSocket {
    const { isTls, hostname, port } = this.target;
    const { guard } = this.opening;
    this.check();
    if (tunnel) return this.openInTunnel(onRead, tunnel);
    const lookup = guard ? { lookup: guard.lookup } : {};
    const onread = { buffer: shared, callback: onRead };
    const where = { host: hostname, port, noDelay: true, onread, ...lookup };
    const socket = isTls ? this.openTls({ ...where, ALPNProtocols: VERSIONS }) : connectTcp(where);
    return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
  }

  /**
   * Begins a tunnel through the proxy.
   *
   * @returns its socket is what `open` takes once it is ready
   * @throws TargetForbiddenError
   */
  dial(
    proxy: ProxySettings,
    on: { readonly onReady: () => void; readonly onFailed: (error: Error) => void },
  ): Tunnel {
    this.check();
    const { target, opening } = this;
    const tunnel = openTunnel({ target, guard: opening.guard, proxy, ...on });
    tunnel.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return tunnel;
  }

  private check(): void {
    const reason = this.opening.guard?.whyRefused(this.target.hostname) ?? null;
    if (reason !== null) throw new TargetForbiddenError(reason);
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

  /**
   * Speaks TLS within a tunnel. Node leaves `onread` aside over a socket that is given, so the
   * bytes come as those of a stream; HTTP/2 would read it itself, so HTTP/1.1 alone is offered.
   */
  private openInTunnel(onRead: OnRead, tunnel: Socket): TLSSocket {
    const ALPNProtocols = VERSIONS.slice(0, 1);
    const socket = this.openTls({ host: this.target.hostname, socket: tunnel, ALPNProtocols });
    if (this.session) this.resuming.add(socket);
    return socket.on('data', (bytes: Buffer) => void onRead(bytes.length, bytes));
  }

  private openTls(where: ConnectionOptions & { readonly host: string }): TLSSocket {
    const { host } = where;
    const { session } = this;
    const { secureContext = usualContext } = this.opening;
    const socket = connectTls({
      ...where,
      secureContext: secureContext(),
      // An address is no name, and a name has no dot at its end there (RFC 6066, 3).
      servername: isIP(host) === 0 ? host.replace(/\.$/, '') : '',
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
