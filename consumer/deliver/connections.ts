import type { Client } from 'undici';

/**
 * The connections to one origin, each a client of undici's with one request at a time. Its Pool
 * would queue requests, and they would cost a turn of the event loop and an AsyncResource each; but
 * there are never more than the dispatcher has places for.
 */
export class Connections {
  /** Since the last look. */
  isUsed = true;
  private readonly make: () => Client;
  private readonly all = new Set<Client>();
  private readonly free: Client[] = [];

  constructor(make: () => Client) {
    this.make = make;
  }

  /** One that has nothing to do; to be handed back with `giveBack` or `discard`. */
  take(): Client {
    this.isUsed = true;
    const free = this.free.pop();
    if (free) return free;
    const client = this.make();
    this.all.add(client);
    return client;
  }

  /** Its request was answered to the end. */
  giveBack(client: Client): void {
    this.free.push(client);
  }

  /** What else is under way on it is of no use to the next request. */
  discard(client: Client): void {
    this.all.delete(client);
    void client.destroy();
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((client) => client.destroy()));
  }
}

interface Deps {
  readonly make: (origin: string) => Client;
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
    if (!connections) {
      connections = new Connections(() => this.deps.make(origin));
      this.byOrigin.set(origin, connections);
    }
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
