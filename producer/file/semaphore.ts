/** Lets a bounded number of pieces of work run at once. */
export class Semaphore {
  private free: number;

  constructor(count: number) {
    this.free = count;
  }

  /** @returns whether a slot was free; if so it is taken */
  tryTake(): boolean {
    if (this.free === 0) return false;
    this.free -= 1;
    return true;
  }

  /** Gives a slot back. */
  release(): void {
    this.free += 1;
  }
}
