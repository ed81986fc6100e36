import type { Connection } from './connection.ts';

/**
 * The connections to one origin, with one request at a time on each. There is no queue, as there
 * are never more requests than the dispatcher has places for.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
export class Connections {
  /** Whether the connections were used since the last look. */
  isUsed = true;
  isClosed = false;
  private readonly make: Make;
  private readonly all = new Set<Connection>();
  /** The one that was used last is taken first, so that those too many become idle. */
  private free: Connection[] = [];

  constructor(make: Make) {
    this.make = make;
  }

  /**
   * Takes an idle connection, to be handed back with `release` unless it is closed.
   *
   * @param nowMs of `performance.now()`
   */
  take(nowMs: number): Connection {
    this.isUsed = true;
    for (let free = this.free.pop(); free; free = this.free.pop()) {
      if (free.isUsable(nowMs)) return free;
      free.close();
    }
    return this.takeNew();
  }

  /** Returns a new connection, which is not open yet. */
  takeNew(): Connection {
    const connection = this.make((closed) => this.all.delete(closed));
    this.all.add(connection);
    return connection;
  }

  /**
   * Takes back a connection whose request was answered to the end, once the sockets have been read
   * again.
   */
  release(connection: Connection, nowMs: number): void {
    connection.rest(nowMs);
    if (!connection.isClosed) this.free.push(connection);
  }

  /** Closes those that have been idle for too long. */
  closeIdle(nowMs: number): void {
    if (this.free.every((connection) => connection.isUsable(nowMs))) return;
    const free = this.free;
    this.free = [];
    for (const connection of free) {
      if (connection.isUsable(nowMs)) this.free.push(connection);
      else connection.close();
    }
  }

  close(): void {
    this.isClosed = true;
    for (const connection of [...this.all]) connection.abort();
  }
}

type Make = (onClosed: (connection: Connection) => void) => Connection;

interface Deps {
  readonly make: (origin: string) => Connections;
  /** Connections are closed when unused for so long, twice at most, ms: longer than any request. */
  readonly unusedMsMin: number;
}

/** How often idle connections are looked for. */
const IDLE_LOOK_MS = 1_000;

/** The connections to each origin, for as long as it is used: targets come and go. */
export class PoolsByOrigin {
  private readonly deps: Deps;
  private readonly byOrigin = new Map<string, Connections>();
  private readonly timers: readonly NodeJS.Timeout[];

  constructor(deps: Deps) {
    this.deps = deps;
    this.timers = [
      setInterval(() => this.tidy(), deps.unusedMsMin).unref(),
      setInterval(() => this.closeIdle(), IDLE_LOOK_MS).unref(),
    ];
  }

  get size(): number {
    return this.byOrigin.size;
  }

  to(origin: string): Connections {
    let connections = this.byOrigin.get(origin);
    if (!connections) this.byOrigin.set(origin, (connections = this.deps.make(origin)));
    return connections;
  }

  close(): void {
    this.timers.forEach(clearInterval);
    for (const connections of this.byOrigin.values()) connections.close();
  }

  private closeIdle(): void {
    const nowMs = performance.now();
    for (const connections of this.byOrigin.values()) connections.closeIdle(nowMs);
  }

  private tidy(): void {
    for (const [origin, connections] of this.byOrigin) {
      if (!connections.isUsed) {
        this.byOrigin.delete(origin);
        connections.close();
      }
      connections.isUsed = false;
    }
  }
}
