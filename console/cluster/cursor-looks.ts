/** Share of the time that the looks at the cursors may take: there may be thousands of cursors. */
const CURSORS_SHARE = 1 / 10;
const CURSORS_REST_MS = 10_000;

/** Says when the cursors are looked at again; times in ms of `performance.now()`. */
export class CursorLooks {
  private endedAtMs = -Infinity;
  private tookMs = 0;

  /** @param isMoving whether cursors may have moved since the last look */
  isDue(isMoving: boolean, nowMs: number): boolean {
    const waitMs = this.tookMs / CURSORS_SHARE;
    return nowMs >= this.endedAtMs + (isMoving ? waitMs : Math.max(waitMs, CURSORS_REST_MS));
  }

  /** Notes a look that has just ended. */
  note(beganAtMs: number, endedAtMs: number): void {
    this.endedAtMs = endedAtMs;
    this.tookMs = endedAtMs - beganAtMs;
  }

  /** Makes the next look due at once. */
  hasten(): void {
    this.endedAtMs = -Infinity;
  }
}
