import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';

/** The status as a stream sends it. */
export interface Snapshot {
  readonly text: string;
  /** Equal texts here mean that nothing has changed that anybody would want to see. */
  readonly key: string;
}

interface Deps {
  /** Looks at the whole system. */
  readonly look: () => Promise<Snapshot>;
  readonly logger: Logger;
  /** Ends all streams. */
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
  readonly heartbeatMs?: number;
}

/** An open tab costs a connection and a copy of each change. */
export const LISTENERS_MAX = 100;
const INTERVAL_MS = 1_000;
/** Balancers and browsers give up a connection on which nothing comes for a minute. */
const HEARTBEAT_MS = 15_000;

export type FeedEvent =
  | { readonly kind: 'status'; readonly text: string }
  /** Nothing has changed for a while. */
  | { readonly kind: 'heartbeat' }
  /** The process stops. */
  | { readonly kind: 'end' };

/**
 * Looks at the system once a second for all who listen, and not at all while nobody does. A slow
 * listener gets the newest status next and misses those in between.
 */
export class StatusFeed {
  private readonly deps: Deps;
  private listeners = 0;
  private latest: Snapshot | null = null;
  /** Counts the changes. */
  private version = 0;
  private changed = Promise.withResolvers<void>();
  private running: Promise<void> | null = null;

  constructor(deps: Deps) {
    this.deps = deps;
    deps.signal.addEventListener('abort', () => this.changed.resolve(), { once: true });
  }

  get isFull(): boolean {
    return this.listeners >= LISTENERS_MAX;
  }

  /** Listens until `close` is called. */
  listen(): FeedListener {
    this.listeners += 1;
    this.running ??= this.run().finally(() => (this.running = null));
    let seen = 0;
    let isOpen = true;
    return {
      next: async () => {
        const event = await this.nextAfter(seen);
        if (event.kind === 'status') seen = this.version;
        return event;
      },
      close: () => {
        if (isOpen) this.listeners -= 1;
        isOpen = false;
      },
    };
  }

  private async nextAfter(seen: number): Promise<FeedEvent> {
    const { signal, heartbeatMs = HEARTBEAT_MS } = this.deps;
    const news = () => (this.version === seen ? null : this.latest);
    if (!news() && !signal.aborted) {
      const silence = new AbortController();
      const waiting = sleep(heartbeatMs, 'silent', { signal: silence.signal, ref: false });
      await Promise.race([this.changed.promise, waiting.catch(() => undefined)]);
      silence.abort();
    }
    if (signal.aborted) return { kind: 'end' };
    const snapshot = news();
    return snapshot ? { kind: 'status', text: snapshot.text } : { kind: 'heartbeat' };
  }

  private async run(): Promise<void> {
    const { look, logger, signal, intervalMs = INTERVAL_MS } = this.deps;
    while (this.listeners > 0 && !signal.aborted) {
      try {
        this.take(await look());
      } catch (error) {
        logger.warn({ err: messageOf(error) }, 'stream.no-status');
      }
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
    // The next listener must not begin with what is old by then.
    this.latest = null;
  }

  private take(snapshot: Snapshot): void {
    if (snapshot.key === this.latest?.key) return;
    this.latest = snapshot;
    this.version += 1;
    const { changed } = this;
    this.changed = Promise.withResolvers();
    changed.resolve();
  }
}

export interface FeedListener {
  /** Resolves with what comes next; one call at a time. */
  next(): Promise<FeedEvent>;
  close(): void;
}
