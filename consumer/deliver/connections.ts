import type { Pool } from 'undici';

interface Deps {
  readonly make: (origin: string) => Pool;
  /** Longer than any request may take, ms. */
  readonly unusedMsMax: number;
}

interface Entry {
  readonly pool: Pool;
  usedAtMs: number;
}

/**
 * A pool of connections for each origin, for as long as it is used: each costs some 20 KB, and
 * targets come and go.
 */
export class Pools {
  private readonly deps: Deps;
  private readonly byOrigin = new Map<string, Entry>();
  private readonly tidier: NodeJS.Timeout;

  constructor(deps: Deps) {
    this.deps = deps;
    this.tidier = setInterval(() => this.tidy(), deps.unusedMsMax / 2).unref();
  }

  get size(): number {
    return this.byOrigin.size;
  }

  of(origin: string): Pool {
    const usedAtMs = performance.now();
    const found = this.byOrigin.get(origin);
    if (found) {
      found.usedAtMs = usedAtMs;
      return found.pool;
    }
    const pool = this.deps.make(origin);
    this.byOrigin.set(origin, { pool, usedAtMs });
    return pool;
  }

  async close(): Promise<void> {
    clearInterval(this.tidier);
    await Promise.all([...this.byOrigin.values()].map(({ pool }) => pool.destroy()));
  }

  private tidy(): void {
    const beforeMs = performance.now() - this.deps.unusedMsMax;
    for (const [origin, { pool, usedAtMs }] of this.byOrigin) {
      if (usedAtMs > beforeMs) continue;
      this.byOrigin.delete(origin);
      void pool.destroy();
    }
  }
}
