interface Round {
  /** How many have not ended. */
  left: number;
}

/** Lets those who wait go together, when those before them have ended or take too long. */
export class Rounds {
  private readonly durationMsMax: number;
  private current: Round | null = null;
  private waiting: ((leave: () => void) => void)[] = [];

  constructor(durationMsMax: number) {
    this.durationMsMax = durationMsMax;
  }

  /** Resolves when the next round begins, with what each of it calls once when it has ended. */
  join(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<() => void>();
    this.waiting.push(resolve);
    if (!this.current) this.begin();
    return promise;
  }

  private begin(): void {
    const round: Round = { left: 0 };
    this.current = round;
    // Whatever the sockets have brought by now is in it.
    setImmediate(() => {
      const all = this.waiting;
      this.waiting = [];
      round.left = all.length;
      const tooLong = setTimeout(() => this.end(round), this.durationMsMax).unref();
      const leave = () => {
        round.left -= 1;
        if (round.left > 0) return;
        clearTimeout(tooLong);
        this.end(round);
      };
      for (const go of all) go(leave);
    });
  }

  private end(round: Round): void {
    if (this.current !== round) return;
    this.current = null;
    if (this.waiting.length > 0) this.begin();
  }
}
