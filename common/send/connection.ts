import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ConnectionClosedError } from './connection-closed.ts';
import { AnswerReader, NO_ANSWER } from './http1/answer-reader.ts';
import type { Answer, Progress, ReaderOptions } from './http1/answer-reader.ts';
import { requestBytes } from './http1/request-bytes.ts';
import { Http2Connection } from './http2-connection.ts';
import type { SocketOpener } from './open-socket.ts';
import type { ProxySettings } from './proxy.ts';
import type { SendRequest } from './send-request.ts';
import type { Tunnel } from './tunnel.ts';

/** A request on a connection: it is told what comes of it, once. */
export interface OnConnection {
  readonly request: SendRequest;
  /** The answer has come to its end. */
  onAnswer(answer: Answer): void;
  /** Called when the bytes that came are no HTTP answer. */
  onBadAnswer(answer: Answer): void;
  /** The connection was not made, or was lost; `answer` is what had come. */
  onLost(error: Error, answer: Answer): void;
}

interface Deps {
  readonly opener: SocketOpener;
  /** How long a connection may be used, ms: a name that moves is followed after so long. */
  readonly maxAgeMs: number;
  readonly reading: ReaderOptions;
  readonly onClosed: (connection: Connection) => void;
}

/** Connections that were opened together must not all be opened again together. */
const AGE_JITTER = 0.2;
/** How long an idle connection is kept where the server does not say how long it keeps it. */
const IDLE_MS = 4_000;
/** Sooner than the server by so much: a request needs some time on its way. */
const IDLE_EARLIER_MS = 1_000;
const REQUEST_TIMEOUT = 408;
/** A loss so soon behind the request has crossed it; a later one is the receiver's word on it. */
const CROSSING_MS = 1_000;

/**
 * A connection to a receiver, with one request at a time: HTTP/1.1, unless a target with TLS
 * chooses HTTP/2.
 */
export class Connection {
  /** Answers that have come to their end over it. */
  answers = 0;
  isOpen = false;
  isClosed = false;
  private readonly deps: Deps;
  private readonly reader: AnswerReader;
  private socket: Socket | null = null;
  private tunnel: Tunnel | null = null;
  private http2: Http2Connection | null = null;
  private current: OnConnection | null = null;
  /** The request, until the connection is made. */
  private unsent: Buffer | null = null;
  /** Bytes that came before the connection was ready. */
  private early: Buffer[] = [];
  /** Clocks of `performance.now()`. */
  private expiresAtMs = Infinity;
  private idleUntilMs = Infinity;
  private sentAtMs = 0;

  constructor(deps: Deps) {
    this.deps = deps;
    this.reader = new AnswerReader(deps.reading);
  }

  /** The part of the answer that has come so far. */
  get answer(): Answer {
    return this.http2?.answer ?? this.reader;
  }

  /**
   * Whether its end crosses the request: it was used before, so the receiver may have closed it as
   * an idle one before the request came.
   */
  get isCrossed(): boolean {
    return this.answers > 0 && performance.now() - this.sentAtMs < CROSSING_MS;
  }

  /** @param nowMs of `performance.now()` */
  isUsable(nowMs: number): boolean {
    return !this.isClosed && nowMs < this.expiresAtMs && nowMs < this.idleUntilMs;
  }

  /** Proxy that has not made the tunnel yet; null: there is none, or it has. */
  get awaitedProxy(): ProxySettings | null {
    return this.tunnel?.awaitsProxy() === true ? this.deps.opener.proxy : null;
  }

  /** Marks the connection as idle from now on, in ms of `performance.now()`. */
  rest(nowMs: number): void {
    // An answer came before the request was written to its end: the next one cannot follow. Over
    // TLS that is known a moment after a usual answer, so it is not asked sooner.
    if (!this.http2 && (this.socket?.writableLength ?? 0) > 0) return this.close();
    const hintMs = this.reader.idleS * 1_000;
    const idleMs = hintMs < 0 ? IDLE_MS : Math.max(hintMs - IDLE_EARLIER_MS, hintMs / 2);
    this.idleUntilMs = nowMs + idleMs;
  }

  /**
   * Sends a request, as soon as the connection is made.
   *
   * @throws RequestFormError, TargetForbiddenError
   */
  send(inFlight: OnConnection): void {
    const { request } = inFlight;
    this.current = inFlight;
    this.idleUntilMs = Infinity;
    this.sentAtMs = performance.now();
    if (this.http2) return this.http2.send(request);
    const { path, headers, body } = request;
    const { host } = this.deps.opener.target;
    const bytes = requestBytes({ path, host, headers, body });
    this.reader.begin();
    if (this.isOpen) return void this.socket?.write(bytes);
    this.unsent = bytes;
    this.connect();
  }

  /** Closes it, or ends the making of it; its request is told nothing more. */
  close(): void {
    this.current = null;
    if (this.isClosed) return;
    this.isClosed = true;
    this.http2?.close();
    this.socket?.destroy();
    this.deps.onClosed(this);
  }

  /** Closes it; its request fails. */
  abort(): void {
    this.onLost(new ConnectionClosedError());
  }

  private connect(): void {
    const { opener } = this.deps;
    if (opener.proxy === null) return this.follow(this.openSocket());
    const tunnel = opener.dial(opener.proxy, {
      onReady: () => this.goThrough(tunnel.socket),
      onFailed: (error) => this.onLost(error),
    });
    this.tunnel = tunnel;
    this.socket = tunnel.socket;
  }

  /** Speaks to the target through a tunnel, unless the request was given up meanwhile. */
  private goThrough(tunnel: Socket): void {
    if (this.isClosed) return void tunnel.destroy();
    try {
      this.follow(this.openSocket(tunnel));
    } catch (error) {
      tunnel.destroy();
      this.onLost(error as Error);
    }
  }

  private openSocket(tunnel?: Socket): Socket | TLSSocket {
    const onRead = (length: number, bytes: Uint8Array) => this.onRead(length, bytes as Buffer);
    return this.deps.opener.open(onRead, tunnel);
  }

  private follow(socket: Socket | TLSSocket): void {
    this.socket = socket;
    const isReady = this.deps.opener.target.isTls ? 'secureConnect' : 'connect';
    socket.once(isReady, () => this.onOpen(socket));
    socket.on('error', (error) => this.onSocketLost(socket, error));
    socket.on('close', () => this.onSocketLost(socket, new ConnectionClosedError()));
  }

  /** Connects again after a failure. Nothing has been written yet, so no attempt is used up. */
  private connectAgain(failed: Socket): void {
    this.early = [];
    failed.destroy();
    try {
      this.connect();
    } catch (error) {
      this.onLost(error as Error);
    }
  }

  private onOpen(socket: Socket | TLSSocket): void {
    const { current, deps, unsent, early } = this;
    this.unsent = null;
    this.early = [];
    if (current === null) return this.close();
    this.isOpen = true;
    this.expiresAtMs = performance.now() + deps.maxAgeMs * (1 - AGE_JITTER * Math.random());
    if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') {
      for (const bytes of early) socket.push(bytes);
      this.http2 = new Http2Connection(deps.opener.target, socket, {
        onDone: () => this.onDone(false),
        onLost: (error) => this.onLost(error),
      });
      return this.http2.send(current.request);
    }
    // Listening starts only now, because a TLS connection that ends in its handshake has an error
    // of its own.
    socket.on('end', () => this.onEnd());
    if (unsent) socket.write(unsent);
    for (const bytes of early) this.onRead(bytes.length, bytes);
  }

  /** The bytes are only lent. */
  private onRead(length: number, bytes: Buffer): boolean {
    if (!this.isOpen) this.early.push(Buffer.from(bytes.subarray(0, length)));
    else if (this.http2) this.socket?.push(Buffer.from(bytes.subarray(0, length)));
    // Bytes without a request would be taken for the answer to the next request.
    else if (this.current === null) this.close();
    else {
      const progress = this.progress(bytes, length);
      if (progress === 'done') this.onDone(!this.reader.isReusable);
      else if (progress === 'bad') this.onBad(this.current);
    }
    return true;
  }

  /** Whatever a receiver sends is its own fault, and ends its own request only. */
  private progress(bytes: Buffer, length: number): Progress {
    try {
      return this.reader.read(bytes, length);
    } catch {
      return 'bad';
    }
  }

  private onDone(isLast: boolean): void {
    const { current, reader } = this;
    if (current === null) return;
    // A receiver that was waiting for a request says so as it closes: the two have crossed.
    if (isLast && reader.status === REQUEST_TIMEOUT && this.isCrossed) {
      return this.onLost(new ConnectionClosedError(), NO_ANSWER);
    }
    this.current = null;
    this.answers += 1;
    if (isLast) this.close();
    current.onAnswer(this.answer);
  }

  private onBad(current: OnConnection): void {
    this.close();
    current.onBadAnswer(this.reader);
  }

  private onEnd(): void {
    if (this.reader.endsHere) this.onDone(true);
    this.onLost(new ConnectionClosedError());
  }

  private onSocketLost(socket: Socket, error: Error): void {
    if (socket !== this.socket) return;
    const mayDoBetter = this.deps.opener.forgetSession(socket);
    if (mayDoBetter && !this.isClosed) return this.connectAgain(socket);
    // A request in HTTP/2 hears of it from its own layer.
    if (this.http2 === null || this.current === null) this.onLost(error);
  }

  private onLost(error: Error, answer = this.answer): void {
    const { current } = this;
    this.close();
    current?.onLost(error, answer);
  }
}
