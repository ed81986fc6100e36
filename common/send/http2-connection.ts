import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type * as Undici from 'undici';
import { ConnectionClosedError } from './connection-closed.ts';
import { EXCERPT_BYTES_MAX } from './excerpt.ts';
import type { Answer } from './http1/answer-reader.ts';
import { NO_ANSWER } from './http1/answer-reader.ts';
import { BODY_BYTES_MAX } from './http1/body.ts';
import type { Target } from './target.ts';
import type { SendRequest } from './send-request.ts';

interface Callbacks {
  readonly onDone: () => void;
  readonly onLost: (error: Error) => void;
}

const require = createRequire(import.meta.url);
type Headers = Record<string, string | string[] | undefined>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * HTTP/2 over a connection whose other side has chosen it: undici's, with one request at a time as
 * in HTTP/1.1.
 */
export class Http2Connection implements Undici.Dispatcher.DispatchHandler {
  answer: Mutable<Answer> = { ...NO_ANSWER };
  private readonly client: Undici.Client;
  private readonly callbacks: Callbacks;
  private bodyBytes = 0;

  constructor({ host }: Target, socket: Socket, callbacks: Callbacks) {
    this.callbacks = callbacks;
    let isTaken = false;
    // Not before a receiver asks for HTTP/2: loading it costs each start a tenth of a second.
    const { Client } = require('undici') as typeof Undici;
    this.client = new Client(`https://${host}`, {
      // An HTTP/2 session has this one connection; another connection is a new object.
      connect: (_options, callback) => {
        if (isTaken) return callback(new ConnectionClosedError(), null);
        isTaken = true;
        callback(null, socket);
      },
      // One sweep over the open requests is cheaper than two timers for each of them.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  send({ path, headers, body }: SendRequest): void {
    this.answer = { ...NO_ANSWER };
    this.bodyBytes = 0;
    this.client.dispatch({ path, method: 'POST', headers, body }, this);
  }

  close(): void {
    void this.client.destroy();
  }

  onRequestStart(): void {}

  onResponseStart(_: Undici.Dispatcher.DispatchController, status: number, headers: Headers): void {
    const { answer } = this;
    if (status < 200) {
      answer.interim = status;
      return;
    }
    answer.status = status;
    answer.retryAfter = one(headers['retry-after']);
    answer.contentType = one(headers['content-type']);
    answer.contentEncoding = one(headers['content-encoding']);
    if (status >= 300) answer.head = headText(status, headers);
  }

  onResponseData(controller: Undici.Dispatcher.DispatchController, chunk: Buffer): void {
    const { answer } = this;
    const had = answer.body ?? Buffer.alloc(0);
    if (had.length < EXCERPT_BYTES_MAX) answer.body = Buffer.concat([had, chunk]);
    this.bodyBytes += chunk.length;
    if (this.bodyBytes > BODY_BYTES_MAX) controller.abort(new Error('the answer is too long'));
  }

  onResponseEnd(): void {
    this.callbacks.onDone();
  }

  onResponseError(_: Undici.Dispatcher.DispatchController, error: Error): void {
    this.callbacks.onLost(error);
  }
}

/** The head as text, in the form of HTTP/1.1. */
function headText(status: number, headers: Headers): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
  return [`HTTP/2 ${status}`, ...lines].join('\r\n');
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
