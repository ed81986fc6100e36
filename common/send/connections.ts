import type { Connection } from './connection.ts';

/**
 * The connections to one origin, with one request at a time on each. undici's Pool has a queue,
 * and an AsyncResource for each request in it; but there are never more requests than the
 * dispatcher has places for.
 */
export class Connections {
  /** Since the last look. */
  isUsed = true;
  isClosed = false;
  private readonly make: () => Connection;
  private readonly all = new Set<Connection>();
  private readonly free: Connection[] = [];

  constructor(make: () => Connection) {
    this.make = make;
  }

  /**
   * One that has nothing to do; to be handed back with `giveBack` or `discard`.
   *
   * @param nowMs of `performance.now()`
   */
  take(nowMs: number): Connection {
    this.isUsed = true;
    for (let free = this.free.pop(); free; free = this.free.pop()) {
      if (!free.isTooOld(nowMs)) return free;
      this.discard(free);
    }
    return this.takeNew();
  }

  /** One without a socket yet. */
  takeNew(): Connection {
    const connection = this.make();
    this.all.add(connection);
    return connection;
  }

  /** Its request was answered to the end, and the sockets have been read since. */
  giveBack(connection: Connection): void {
    connection.answers += 1;
    this.free.push(connection);
  }

  /** Its request failed or was given up: closes the connection, or ends the making of it. */
  discard(connection: Connection): void {
    this.all.delete(connection);
    void connection.client.destroy();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.all].map(({ client }) => client.destroy()));
  }
}

interface Deps {
  readonly make: (origin: string) => Connections;
  /** Connections are closed when unused for so long, twice at most, ms: longer than any request. */
  readonly unusedMsMin: number;
}

/** The connections to each origin, for as long as it is used: targets come and go. */
export class Origins {
  private readonly deps: Deps;
  private readonly byOrigin = new Map<string, Connections>();
  private readonly tidier: NodeJS.Timeout;

  constructor(deps: Deps) {
    this.deps = deps;
    this.tidier = setInterval(() => this.tidy(), deps.unusedMsMin).unref();
  }

  get size(): number {
    return this.byOrigin.size;
  }

  to(origin: string): Connections {
    let connections = this.byOrigin.get(origin);
    if (!connections) this.byOrigin.set(origin, (connections = this.deps.make(origin)));
    return connections;
  }

  async close(): Promise<void> {
    clearInterval(this.tidier);
    await Promise.all(Array.from(this.byOrigin.values(), (connections) => connections.close()));
  }

  private tidy(): void {
    for (const [origin, connections] of this.byOrigin) {
      if (!connections.isUsed) {
        this.byOrigin.delete(origin);
        void connections.close();
      }
      connections.isUsed = false;
    }
  }
}
