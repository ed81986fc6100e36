/** A request that holds its own index in the list, so that removing it needs no search. */
interface Placed {
  place: number;
}

/** A request whose answer has come. */
interface Ending {
  end(nowMs: number): void;
}

/**
 * The requests under way. No Set: a table that V8 has outgrown leads to the next one, so that dead
 * ones, once they are old, keep all that come after and what each request of theirs holds.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
export class OpenRequests<Request extends Placed> {
  private readonly requests: Request[] = [];

  /** Returns a copy of the requests under way, which stays as it is when some end. */
  all(): readonly Request[] {
    return [...this.requests];
  }

  /** @returns its place */
  add(request: Request): number {
    return this.requests.push(request) - 1;
  }

  /** The last one takes its place. */
  delete({ place }: Request): void {
    const last = this.requests.pop();
    if (!last || last.place === place) return;
    this.requests[place] = last;
    last.place = place;
  }
}

/**
 * Answered requests, until the sockets have been read once more behind them all: a receiver may
 * close its connection right behind the answer, and the next request must not be written to that
 * one. A turn of the event loop begins with the sockets, so a whole one has to lie in between.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
export class EndingRequests {
  /** Requests that ended in this turn of the event loop. */
  private latest: Ending[] = [];
  /** Requests that ended in the turn before. */
  private before: Ending[] = [];
  private isTurning = false;

  add(request: Ending): void {
    this.latest.push(request);
    if (!this.isTurning) this.turn();
  }

  private turn(): void {
    this.isTurning = true;
    setImmediate(() => this.end());
  }

  private end(): void {
    const all = this.before;
    this.before = this.latest;
    this.latest = [];
    this.isTurning = false;
    if (this.before.length > 0) this.turn();
    const nowMs = performance.now();
    for (const request of all) request.end(nowMs);
  }
}
