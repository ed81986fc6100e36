import type { Connection, OnConnection } from './connection.ts';
import type { Connections } from './connections.ts';
import { isConnectionLost, networkFailure } from './network-failure.ts';
import { parseRetryAfter } from './retry-after.ts';
import { EXCERPT_BYTES_MAX, excerptOf } from './excerpt.ts';
import type { Answer } from './http1/answer-reader.ts';
import { describeBytes, quoteBytes } from './http1/describe-bytes.ts';
import type { EndingRequests, OpenRequests } from './open-requests.ts';
import type { NetworkFailure, Outcome } from './outcome.ts';
import { proxyName } from './proxy.ts';
import type { SendRequest, SendResult } from './send-request.ts';

const SWITCHING_PROTOCOLS = 101;
const CONTINUE = 100;
const NOT_ASKED_FOR = 'the target switched protocols, which was not asked for';

interface Parts {
  readonly open: OpenRequests<InFlightRequest>;
  readonly ending: EndingRequests;
  readonly connections: Connections;
  readonly request: SendRequest;
  /** Whether the beginning of a 2xx answer is wanted too. */
  readonly keepsExcerpt: boolean;
  readonly excerptBytesMax: number;
  readonly resolve: (result: SendResult) => void;
}

/** One request and its answer. */
export class InFlightRequest implements OnConnection {
  /** Index among the open requests. */
  place: number;
  readonly startedAtMs = performance.now();
  private readonly parts: Parts;
  private connection: Connection;
  private hasSentAgain = false;
  private result: SendResult | null = null;

  constructor(parts: Parts) {
    this.parts = parts;
    this.connection = parts.connections.take(this.startedAtMs);
    this.place = parts.open.add(this);
  }

  get request(): SendRequest {
    return this.parts.request;
  }

  dispatch(): void {
    try {
      this.connection.send(this);
    } catch (error) {
      const { kind, text } = networkFailure(error);
      this.failUnanswered(kind, text);
    }
  }

  onAnswer(answer: Answer): void {
    const isShown = this.parts.keepsExcerpt || !isAccepted(answer.status);
    const excerpt = isShown ? this.shownOf(answer) : '';
    if (this.settle(outcomeOf(answer), excerpt, detailOf(answer), answer.head))
      this.parts.ending.add(this);
  }

  /** Frees the connection, and the request's place among those under way. */
  end(nowMs: number): void {
    this.parts.connections.release(this.connection, nowMs);
    if (this.result) this.parts.resolve(this.result);
  }

  onBadAnswer({ heard, interim }: Answer): void {
    const what = heard ? describeBytes(heard) : 'in a form that cannot be read';
    const excerpt = heard ? excerptOf(heard.subarray(0, EXCERPT_BYTES_MAX)) : '';
    const isEndless = heard === null && interim > 0;
    const detail = isEndless ? `answered ${interim} again and again` : `answered, but ${what}`;
    this.fail({ kind: 'unreachable', error: 'bad-answer' }, excerpt, detail);
  }

  onLost(error: Error, answer: Answer): void {
    // Once the status has come, the receiver has decided, whatever becomes of the body.
    if (answer.status > 0) this.failAnswered(answer);
    else if (this.isUnheard(error, answer)) this.sendAgain();
    else if (isBegun(answer)) this.failUnanswered('bad-answer', whyCut(answer, 'was closed'));
    else {
      const { kind, text } = networkFailure(error);
      this.failUnanswered(kind, text);
    }
  }

  /** Gives the request up, whether it was sent or still waited for its connection. */
  timeOut(): void {
    const { answer, isOpen } = this.connection;
    if (answer.status > 0) return this.failAnswered(answer);
    if (!isOpen) return this.failUnconnected();
    const isSilent = !isBegun(answer);
    const why = isSilent ? 'no answer in time' : whyCut(answer, 'gave no more in time');
    this.failUnanswered('timeout', why);
  }

  private failUnconnected(): void {
    const { awaitedProxy: proxy } = this.connection;
    if (proxy === null) return this.failUnanswered('timeout', 'no connection in time');
    this.failUnanswered('proxy', `${proxyName(proxy)} made no tunnel in time`);
  }

  /**
   * Whether the receiver closed the connection as the request was being written: its time for idle
   * connections was over, or it is being restarted. On a new connection it may be well.
   */
  private isUnheard(error: Error, answer: Answer): boolean {
    if (this.hasSentAgain || !this.connection.isCrossed) return false;
    return !this.parts.connections.isClosed && !isBegun(answer) && isConnectionLost(error);
  }

  /** Repeats the request once, as part of the same attempt, whose time continues. */
  private sendAgain(): void {
    const { connections } = this.parts;
    this.hasSentAgain = true;
    this.connection = connections.takeNew();
    this.dispatch();
  }

  private failAnswered(answer: Answer): void {
    this.fail(outcomeOf(answer), this.shownOf(answer), detailOf(answer), answer.head);
  }

  private shownOf({ body, contentType, contentEncoding }: Answer): string {
    if (body === null) return '';
    const { excerptBytesMax } = this.parts;
    const beginning = body.subarray(0, excerptBytesMax);
    return excerptOf(beginning, contentType, contentEncoding, excerptBytesMax);
  }

  private failUnanswered(error: NetworkFailure, detail: string): void {
    this.fail({ kind: 'unreachable', error }, '', detail);
  }

  private fail(outcome: Outcome, excerpt: string, detail: string, head = ''): void {
    if (!this.settle(outcome, excerpt, detail, head)) return;
    this.connection.close();
    if (this.result) this.parts.resolve(this.result);
  }

  /** @returns false when it had been settled before */
  private settle(outcome: Outcome, excerpt: string, detail: string, head: string): boolean {
    if (this.result) return false;
    this.parts.open.delete(this);
    const latencyMs = performance.now() - this.startedAtMs;
    const isQuoted = outcome.kind === 'unreachable' && this.connection.answer.heard !== null;
    this.result = { outcome, latencyMs, endedAtMs: Date.now(), excerpt, detail, head, isQuoted };
    return true;
  }
}

function outcomeOf({ status, retryAfter }: Answer): Outcome {
  if (isAccepted(status)) return { kind: 'accepted', status };
  return { kind: 'refused', status, retryAfterMs: parseRetryAfter(retryAfter, Date.now()) };
}

function isAccepted(status: number): boolean {
  return status >= 200 && status < 300;
}

function detailOf({ status }: Answer): string {
  return status === SWITCHING_PROTOCOLS ? NOT_ASKED_FOR : '';
}

/** Whether bytes of an answer came, though not its head as a whole. */
function isBegun({ heard, interim }: Answer): boolean {
  return heard !== null || interim > 0;
}

function whyCut({ heard, interim }: Answer, what: string): string {
  if (interim === CONTINUE) return `answered 100 Continue only, unasked, and ${what}`;
  if (interim > 0) return `answered ${interim} only, and ${what}`;
  return heard ? `answered, but ${what} within the head: ${quoteBytes(heard)}` : what;
}
