/** An exchange that holds its own index in the list, so that removing it needs no search. */
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
 */
export class OpenRequests<InFlightRequest extends Placed> {
  private readonly exchanges: InFlightRequest[] = [];

  /** Returns a copy of the exchanges under way, which stays as it is when some end. */
  all(): readonly InFlightRequest[] {
    return [...this.exchanges];
  }

  /** @returns its place */
  add(exchange: InFlightRequest): number {
    return this.exchanges.push(exchange) - 1;
  }

  /** The last one takes its place. */
  delete({ place }: InFlightRequest): void {
    const last = this.exchanges.pop();
    if (!last || last.place === place) return;
    this.exchanges[place] = last;
    last.place = place;
  }
}

/**
 * Answered requests, until the sockets have been read once more behind them all: a receiver may
 * close its connection right behind the answer, and the next request must not be written to that
 * one. A turn of the event loop begins with the sockets, so a whole one has to lie in between.
 */
export class EndingRequests {
  /** Exchanges that ended in this turn of the event loop. */
  private latest: Ending[] = [];
  /** Exchanges that ended in the turn before. */
  private before: Ending[] = [];
  private isTurning = false;

  add(exchange: Ending): void {
    this.latest.push(exchange);
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
    for (const exchange of all) exchange.end(nowMs);
  }
}
