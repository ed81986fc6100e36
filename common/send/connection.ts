import type { Socket } from 'node:net';
import { Client } from 'undici';
import type { buildConnector } from 'undici';
import { firstStatus } from './decide/raw-answer.ts';

interface Deps {
  readonly origin: string;
  readonly connect: buildConnector.connector;
  /** How long a connection may be used, ms: a name that moves is followed after so long. */
  readonly maxAgeMs: number;
}

/** A larger head is not read to its end; its status line counts all the same. */
const HEAD_BYTES_MAX = 256 * 1_024;
/** How much of an answer is kept until its head has been understood. */
const HEARD_BYTES_MAX = 16 * 1_024;
/** Connections that were opened together must not all be opened again together. */
const AGE_JITTER = 0.2;
const CONTINUE = 100;
const DIGIT_1 = 0x31;
const STATUS_AT = 9;
const HEAD_END = /\r?\n\r?\n/;

/**
 * A client of undici's for one request at a time, and what undici does not say about its socket:
 * how old it is, whether an answer came over it before, and the bytes of an answer that undici
 * refuses. A socket that was lost while idle is replaced by undici at the next request.
 */
export class Connection {
  readonly client: Client;
  /** Answers that have come to their end over the present socket. */
  answers = 0;
  /** The bytes of the answer under way, until its head has been understood; null: none came. */
  heard: Buffer | null = null;
  /** A `100 Continue` came, which no request of ours asks for. */
  hasContinued = false;
  isOpen = false;
  /** Clock of `performance.now()`. */
  private expiresAtMs = Infinity;
  private isListening = false;
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
    this.client = new Client(deps.origin, {
      connect: (options, callback) => this.connect(options, callback),
      pipelining: 1,
      maxHeaderSize: HEAD_BYTES_MAX,
      // One sweep over the open requests is cheaper than two timers for each of them.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** @param nowMs of `performance.now()` */
  isTooOld(nowMs: number): boolean {
    return nowMs >= this.expiresAtMs;
  }

  /** A request is being written: the next bytes to come are its answer. */
  listen(): void {
    this.heard = null;
    this.hasContinued = false;
    this.isListening = true;
  }

  /** The head of the answer has been understood. */
  understood(): void {
    this.heard = null;
    this.hasContinued = false;
    this.isListening = false;
  }

  private connect(options: buildConnector.Options, callback: buildConnector.Callback): void {
    this.answers = 0;
    this.isOpen = false;
    this.expiresAtMs = Infinity;
    this.deps.connect(options, (...result) => {
      const [, socket] = result;
      if (socket) this.opened(socket);
      callback(...result);
    });
  }

  private opened(socket: Socket & { alpnProtocol?: string | false | null }): void {
    const { maxAgeMs } = this.deps;
    this.isOpen = true;
    this.expiresAtMs = performance.now() + maxAgeMs * (1 - AGE_JITTER * Math.random());
    // In HTTP/2 the bytes are no answer by themselves, and undici does not read them by `read`.
    if (socket.alpnProtocol === 'h2') return;
    const read = socket.read.bind(socket);
    socket.read = (size?: number): Buffer | null => {
      const chunk = read(size) as Buffer | null;
      return chunk !== null && this.isListening ? this.hear(chunk) : chunk;
    };
  }

  /** @returns the bytes without a `100 Continue`, which undici would take for a broken answer */
  private hear(chunk: Buffer): Buffer | null {
    const { heard } = this;
    const rest =
      heard === null && chunk[STATUS_AT] === DIGIT_1 ? this.withoutContinue(chunk) : chunk;
    if (rest === null) return null;
    if (heard === null) this.heard = rest;
    else if (heard.length < HEARD_BYTES_MAX) this.heard = Buffer.concat([heard, rest]);
    return rest;
  }

  private withoutContinue(chunk: Buffer): Buffer | null {
    let rest = chunk;
    while (firstStatus(rest) === CONTINUE) {
      const end = HEAD_END.exec(rest.toString('latin1'));
      if (end === null) break;
      this.hasContinued = true;
      rest = rest.subarray(end.index + end[0].length);
    }
    return rest.length === 0 ? null : rest;
  }
}
