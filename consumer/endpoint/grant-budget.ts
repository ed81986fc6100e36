/**
 * A grant covers the sends that this span allows at a high rate, and one send at a low rate, in ms.
 */
export const GRANT_MS = 20;
/** Timers come late and a process may stand still: so much of its time is made up for later. */
const CATCH_UP_MS = 100;
const WINDOW_MS = 1_000;

/** Time between two grants, in ms. */
export function intervalMs(ratePerSecond: number): number {
  return Math.max(GRANT_MS, 1_000 / ratePerSecond);
}

/**
 * Computes the sends that a grant may hold: what the time that really passed has earned, but never
 * more than the limit and one grant in any second.
 */
export class GrantBudget {
  private earned = 0;
  private lastMs: number;
  /** Grants of the last second. */
  private given: { readonly atMs: number; count: number }[] = [];

  constructor(nowMs: number) {
    this.lastMs = nowMs;
  }

  /** Notes that a grant is requested: idle time before it has earned one, and no more. */
  wanted(nowMs: number, ratePerSecond: number, lastUsedMs: number): void {
    if (nowMs - lastUsedMs <= GRANT_MS) return;
    this.lastMs = Math.max(this.lastMs, nowMs - intervalMs(ratePerSecond));
  }

  /**
   * @param unused sends of the last grant that were not made
   * @returns whole sends; 0 when there is nothing to give yet
   */
  grant(nowMs: number, ratePerSecond: number, unused: number): number {
    const perMs = ratePerSecond / 1_000;
    const last = this.given.at(-1);
    if (last) last.count -= unused;
    const earned = this.earned + unused + (nowMs - this.lastMs) * perMs;
    this.earned = Math.min(earned, 1 + CATCH_UP_MS * perMs);
    this.lastMs = nowMs;
    this.given = this.given.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    const inWindow = this.given.reduce((sum, { count }) => sum + count, 0);
    const grant = Math.max(1, GRANT_MS * perMs);
    const room = WINDOW_MS * perMs + grant - inWindow;
    const count = Math.max(0, Math.floor(Math.min(this.earned, room)));
    this.earned -= count;
    this.given.push({ atMs: nowMs, count });
    return count;
  }
}
