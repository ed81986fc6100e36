import { BodyReader } from './body.ts';
import type { Framing } from './body.ts';
import { GatheredHead } from './gathered-head.ts';
import { Head, INCOMPLETE, ODD, readHead } from './head.ts';
import { mayBeAnswer, readOddHead } from './odd-head.ts';

/** The part of an answer that has come so far. */
export interface Answer {
  /** 0: its head has not come whole. */
  readonly status: number;
  /** Status of the last interim answer, such as 103; 0: none came. */
  readonly interim: number;
  readonly retryAfter: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** The beginning of the head of an answer that is no success, as text; empty otherwise. */
  readonly head: string;
  /** The beginning of the body, as much of it as is wanted. */
  readonly body: Buffer | null;
  /** The bytes of a head that is not whole, or of what is no head; null: none came. */
  readonly heard: Buffer | null;
}

export const NO_ANSWER: Answer = {
  status: 0,
  interim: 0,
  retryAfter: undefined,
  contentType: undefined,
  contentEncoding: undefined,
  head: '',
  body: null,
  heard: null,
};

/**
 * `more`: the answer goes on. `done`: it has come to its end. `bad`: what came is no answer in
 * HTTP/1; `heard` has it.
 */
export type Progress = 'more' | 'done' | 'bad';

export interface ReaderOptions {
  /** How much of the beginning of a body is wanted. */
  readonly excerptBytesMax: number;
  /** Whether it is wanted of a 2xx answer too that comes whole. */
  readonly keepsAccepted: boolean;
}

/** How much of a head is kept for people. */
const SHOWN_HEAD_BYTES = 1_536;
/** A larger head is not read to its end; its status line counts all the same. */
const HEAD_BYTES_MAX = 256 * 1_024;
/** How much of such a head is looked through. */
const LARGE_HEAD_BYTES = 16 * 1_024;
/** Largest number of interim answers to one request; with more, the answer is refused. */
export const INTERIM_MAX = 100;
const CR = 13;
const LF = 10;
const SWITCHING_PROTOCOLS = 101;
const NO_CONTENT = 204;
const NOT_MODIFIED = 304;

/**
 * Reads the answers of one connection, one after the other, from bytes cut anywhere. The status is
 * found in whatever form a head may come; the connection may be used again only behind an answer
 * whose form leaves no doubt where it ends.
 */
export class AnswerReader implements Answer {
  status = 0;
  interim = 0;
  retryAfter: string | undefined;
  contentType: string | undefined;
  contentEncoding: string | undefined;
  head = '';
  /** Whether the next answer can come over the same connection, once this one is `done`. */
  isReusable = false;
  /** How long the server keeps an idle connection; -1: it does not say. */
  idleS = -1;
  /** Whether an odd head does not say where the body ends: nobody waits for the end then. */
  private endsUnclear = false;
  /** How many interim answers came. */
  private interims = 0;
  private readonly options: ReaderOptions;
  private readonly found = new Head();
  private readonly gathered = new GatheredHead();
  private readonly bodyReader = new BodyReader();

  constructor(options: ReaderOptions) {
    this.options = options;
  }

  get body(): Buffer | null {
    return this.bodyReader.bytes;
  }

  get heard(): Buffer | null {
    return this.gathered.isEmpty ? null : this.gathered.bytes;
  }

  /** A request is being written: what comes next is its answer. */
  begin(): void {
    this.status = 0;
    this.interim = 0;
    this.interims = 0;
    this.retryAfter = undefined;
    this.contentType = undefined;
    this.contentEncoding = undefined;
    this.head = '';
    this.idleS = -1;
    this.endsUnclear = false;
    this.isReusable = true;
    this.bodyReader.begin('close', 0, 0);
  }

  /** Reads on; the bytes from 0 to `end` are only lent. */
  read(bytes: Buffer, end: number): Progress {
    if (this.status !== 0) return this.readBody(bytes, 0, end);
    if (this.gathered.isEmpty) return this.readHeads(bytes, 0, end);
    this.gathered.add(bytes, 0, end);
    return this.readGathered();
  }

  /** The other side has closed the connection. @returns whether that is the end of the answer */
  get endsHere(): boolean {
    return this.status !== 0 && this.bodyReader.endsHere;
  }

  /** Reads the heads that have come whole and in their usual form straight from the bytes. */
  private readHeads(bytes: Buffer, from: number, end: number): Progress {
    let at = from;
    while (at < end) {
      this.found.clear();
      const behind = readHead(this.found, bytes, at, end);
      if (behind === INCOMPLETE || behind === ODD) {
        this.gathered.add(bytes, at, end);
        return this.readGathered();
      }
      if (isFinal(this.found.status)) {
        this.takeHead(bytes, at, behind, end);
        return this.readBody(bytes, behind, end);
      }
      if (!this.takeInterim(this.found.status)) return this.refuse();
      at = behind;
    }
    return 'more';
  }

  /** @returns false when there are too many */
  private takeInterim(status: number): boolean {
    this.interim = status;
    this.interims += 1;
    return this.interims <= INTERIM_MAX;
  }

  private takeHead(bytes: Buffer, from: number, behind: number, end: number): void {
    const { found: head } = this;
    const { isChunked, length, status } = head;
    let framing: Framing = length >= 0 ? 'length' : 'close';
    if (isChunked) framing = 'chunked';
    // A 2xx that has come whole needs no details; an answer that may yet break off keeps all of
    // them.
    const isWhole = framing === 'length' && length <= end - behind;
    if (!isWhole || this.options.keepsAccepted || status < 200 || status >= 300) {
      this.retryAfter = textOf(head.retryAfter, bytes);
      this.contentType = textOf(head.contentType, bytes);
      this.contentEncoding = textOf(head.contentEncoding, bytes);
      this.beginBody(status, framing, length, this.options.excerptBytesMax);
    } else this.beginBody(status, framing, length, 0);
    if (status < 200 || status >= 300) this.keepHead(bytes, from, behind);
    this.idleS = head.idleS;
    const staysOpen = head.minor === 1 ? !head.closes : head.keepsAlive && !head.closes;
    this.isReusable &&= staysOpen && !this.bodyReader.endsHere;
  }

  private keepHead(bytes: Buffer, from: number, behind: number): void {
    this.head = bytes.toString('latin1', from, Math.min(behind, from + SHOWN_HEAD_BYTES));
  }

  private beginBody(status: number, framing: Framing, length: number, kept: number): void {
    this.status = status;
    const hasNone =
      status === NO_CONTENT || status === NOT_MODIFIED || status === SWITCHING_PROTOCOLS;
    this.bodyReader.begin(hasNone ? 'length' : framing, hasNone ? 0 : length, kept);
    // Bytes may come later if a body is announced for an answer that must have none.
    const announcesBody = framing === 'chunked' || length > 0;
    if (status === SWITCHING_PROTOCOLS || (hasNone && announcesBody)) this.isReusable = false;
  }

  private readBody(bytes: Buffer, from: number, end: number): Progress {
    const behind = this.bodyReader.read(bytes, from, end);
    if (behind === -1) return 'more';
    // Bytes behind an answer belong to no request, so the connection is not reused.
    this.isReusable &&= this.bodyReader.isClean && behind === end;
    return 'done';
  }

  /** Reads one gathered head after the other, where they lie. */
  private readGathered(): Progress {
    const { gathered } = this;
    for (;;) {
      this.passEmptyLines();
      if (gathered.isEmpty) return 'more';
      const { bytes } = gathered;
      if (!mayBeAnswer(bytes)) return this.refuse();
      const headEnd = gathered.findEnd();
      if (headEnd === -1 && bytes.length <= HEAD_BYTES_MAX) return 'more';
      if (headEnd === -1) {
        return this.takeOdd(bytes.subarray(0, LARGE_HEAD_BYTES), true) ? 'done' : this.refuse();
      }
      if (!this.takeGathered(bytes, headEnd)) return this.refuse();
      if (this.status !== 0) {
        gathered.clear();
        const progress = this.readBody(bytes, headEnd, bytes.length);
        return this.endsUnclear ? 'done' : progress;
      }
      gathered.drop(headEnd);
      if (this.interims > INTERIM_MAX) {
        gathered.clear();
        return this.refuse();
      }
    }
  }

  /** Empty lines before a head are passed over (RFC 9112, 2.2). */
  private passEmptyLines(): void {
    const { bytes } = this.gathered;
    let count = 0;
    while (bytes[count] === CR || bytes[count] === LF) count += 1;
    if (count === 0) return;
    this.isReusable = false;
    if (count === bytes.length) this.gathered.clear();
    else this.gathered.drop(count);
  }

  /** @returns false when it is no head at all */
  private takeGathered(bytes: Buffer, headEnd: number): boolean {
    const { found: head } = this;
    head.clear();
    if (readHead(head, bytes, 0, headEnd) !== headEnd) {
      return this.takeOdd(bytes.subarray(0, headEnd), false);
    }
    if (isFinal(head.status)) this.takeHead(bytes, 0, headEnd, bytes.length);
    else this.takeInterim(head.status);
    return true;
  }

  /** @returns false when it is no head at all */
  private takeOdd(bytes: Buffer, isCut: boolean): boolean {
    const odd = readOddHead(bytes);
    if (odd === null) return false;
    this.isReusable = false;
    const { status, headers } = odd;
    if (!isFinal(status)) {
      this.takeInterim(status);
      return !isCut;
    }
    this.retryAfter = headers['retry-after'];
    this.contentType = headers['content-type'];
    this.contentEncoding = headers['content-encoding'];
    if (status < 200 || status >= 300) this.keepHead(bytes, 0, bytes.length);
    this.endsUnclear = odd.framing === null;
    this.beginBody(status, odd.framing ?? 'close', odd.length, this.options.excerptBytesMax);
    return true;
  }

  private refuse(): Progress {
    this.isReusable = false;
    return 'bad';
  }
}

/** Whether nothing follows but the body; else an answer is still to come. */
function isFinal(status: number): boolean {
  return status >= 200 || status === SWITCHING_PROTOCOLS;
}

function textOf({ from, to }: { from: number; to: number }, bytes: Buffer): string | undefined {
  return from === 0 ? undefined : bytes.toString('latin1', from, to);
}
