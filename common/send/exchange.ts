import type { Dispatcher } from 'undici';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { isConnectionLost, isRefusedForm, networkFailure } from './decide/network-failure.ts';
import { describeBytes, quoteBytes, readRawAnswer } from './decide/raw-answer.ts';
import type { RawAnswer } from './decide/raw-answer.ts';
import { parseRetryAfter } from './decide/retry-after.ts';
import { EXCERPT_BYTES_MAX, excerptOf } from './excerpt.ts';
import type { EndingExchanges, OpenExchanges } from './open-exchanges.ts';
import type { NetworkFailure, Outcome } from './outcome.ts';
import type { SendRequest, SendResult } from './sender.ts';

/** A longer answer is cut off: its connection is closed instead of being read to the end. */
const BODY_BYTES_MAX = 64 * 1_024;
const SWITCHING_PROTOCOLS = 101;
const NOT_ASKED_FOR = 'the target switched protocols, which was not asked for';

type Headers = Record<string, string | string[] | undefined>;

interface Parts {
  readonly open: OpenExchanges;
  readonly ending: EndingExchanges;
  readonly connections: Connections;
  readonly request: SendRequest;
  /** Whether the beginning of a 2xx answer is wanted too. */
  readonly keepsExcerpt: boolean;
  readonly resolve: (result: SendResult) => void;
}

/** One request and its answer, as undici reports them. */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Index among the open exchanges. */
  place: number;
  readonly startedAtMs = performance.now();
  private readonly parts: Parts;
  private connection: Connection;
  private hasSentAgain = false;
  private answered: Outcome | null = null;
  private headers: Headers | null = null;
  private result: SendResult | null = null;
  /** The beginning of the body: hardly any has more than one part. */
  private body: Buffer | null = null;
  private bodyBytes = 0;
  /** Status of the last interim answer, such as 103; 0: none came. */
  private interim = 0;

  constructor(parts: Parts) {
    this.parts = parts;
    this.connection = parts.connections.take(this.startedAtMs);
    this.place = parts.open.add(this);
  }

  get request(): SendRequest {
    return this.parts.request;
  }

  dispatch(): void {
    const { path, headers, body } = this.parts.request;
    this.connection.client.dispatch({ path, method: 'POST', headers, body }, this);
  }

  /** The request is about to be written. */
  onRequestStart(): void {
    this.connection.listen();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    // Not the answer yet.
    if (status < 200) {
      this.interim = status;
      return;
    }
    this.connection.understood();
    this.headers = headers;
    this.answered = outcomeOf(status, one(headers['retry-after']));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const before = this.bodyBytes;
    this.bodyBytes += chunk.length;
    if (this.body === null) this.body = chunk;
    else if (before < EXCERPT_BYTES_MAX) this.body = Buffer.concat([this.body, chunk]);
    if (this.bodyBytes > BODY_BYTES_MAX) controller.abort(new Error('the answer is too long'));
  }

  onResponseEnd(): void {
    const { answered, parts } = this;
    if (answered === null) return;
    const isShown = answered.kind === 'refused' || parts.keepsExcerpt;
    if (this.settle(answered, isShown ? this.excerpt() : '')) parts.ending.add(this);
  }

  /** Its connection is free, and its place among the requests under way. */
  end(): void {
    this.parts.connections.giveBack(this.connection);
    if (this.result) this.parts.resolve(this.result);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // With the status there, the receiver has decided, whatever became of the body.
    if (this.answered) this.fail(this.answered, this.excerpt());
    else if (this.isUnheard(error)) this.sendAgain();
    else if (isRefusedForm(error)) this.readRefused();
    else if (this.answersInterim()) this.failUnanswered('bad-answer', this.whyCut('was closed'));
    else {
      const { kind, text } = networkFailure(error);
      this.failUnanswered(kind, text);
    }
  }

  /** It is given up, whether it was sent or still waited for its connection. */
  timeOut(): void {
    if (this.answered) return this.fail(this.answered, this.excerpt());
    if (!this.connection.isOpen) return this.failUnanswered('timeout', 'no connection in time');
    const why = this.answersInterim() ? this.whyCut('gave no more in time') : 'no answer in time';
    this.failUnanswered('timeout', why);
  }

  /**
   * Whether the receiver closed the connection as the request was being written: its time for idle
   * connections was over, or it is being restarted. On a new connection it may be well.
   */
  private isUnheard(error: Error): boolean {
    const { connection, hasSentAgain } = this;
    if (hasSentAgain || connection.answers === 0 || this.parts.connections.isClosed) return false;
    return !this.answersInterim() && isConnectionLost(error);
  }

  /** Once, and it is the same attempt; its time runs on. */
  private sendAgain(): void {
    const { connections } = this.parts;
    this.hasSentAgain = true;
    connections.discard(this.connection);
    this.connection = connections.takeNew();
    this.dispatch();
  }

  /** An answer came whose form undici refuses: its status line decides. */
  private readRefused(): void {
    const { heard } = this.connection;
    const answer = heard && readRawAnswer(heard);
    if (answer) return this.takeRaw(answer);
    const what = heard ? describeBytes(heard) : 'in a form that cannot be read';
    const excerpt = heard ? excerptOf(heard.subarray(0, EXCERPT_BYTES_MAX)) : '';
    this.fail({ kind: 'unreachable', error: 'bad-answer' }, excerpt, `answered, but ${what}`);
  }

  private takeRaw({ status, headers, body }: RawAnswer): void {
    this.headers = headers;
    this.body = body;
    const outcome = outcomeOf(status, headers['retry-after']);
    this.fail(outcome, this.excerpt(), status === SWITCHING_PROTOCOLS ? NOT_ASKED_FOR : '');
  }

  /** Whether bytes of an answer came, though not its head as a whole. */
  private answersInterim(): boolean {
    const { heard, hasContinued } = this.connection;
    return heard !== null || hasContinued || this.interim > 0;
  }

  private whyCut(what: string): string {
    const { heard, hasContinued } = this.connection;
    if (this.interim > 0) return `answered ${this.interim} only, and ${what}`;
    if (heard !== null) return `answered, but ${what} within the head: ${quoteBytes(heard)}`;
    return hasContinued ? `answered 100 Continue only, unasked, and ${what}` : what;
  }

  private failUnanswered(error: NetworkFailure, detail: string): void {
    this.fail({ kind: 'unreachable', error }, '', detail);
  }

  private fail(outcome: Outcome, excerpt: string, detail = ''): void {
    if (!this.settle(outcome, excerpt, detail)) return;
    this.parts.connections.discard(this.connection);
    if (this.result) this.parts.resolve(this.result);
  }

  private excerpt(): string {
    if (this.body === null) return '';
    const { headers } = this;
    const bytes = this.body.subarray(0, EXCERPT_BYTES_MAX);
    return excerptOf(bytes, one(headers?.['content-type']), one(headers?.['content-encoding']));
  }

  /** @returns false when it had been settled before */
  private settle(outcome: Outcome, excerpt: string, detail = ''): boolean {
    if (this.result) return false;
    this.parts.open.delete(this);
    const latencyMs = performance.now() - this.startedAtMs;
    this.result = { outcome, latencyMs, endedAtMs: Date.now(), excerpt, detail };
    return true;
  }
}

function outcomeOf(status: number, retryAfter: string | undefined): Outcome {
  if (status >= 200 && status < 300) return { kind: 'accepted', status };
  return { kind: 'refused', status, retryAfterMs: parseRetryAfter(retryAfter, Date.now()) };
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
