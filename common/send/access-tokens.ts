import type { AccessToken, NoToken } from './oauth2-token.ts';

interface Deps {
  readonly fetch: () => Promise<AccessToken | NoToken>;
  /** Called when a token has come: more requests than one may be sent. */
  readonly onToken: () => void;
}

/** A token that was refused and fetched again is not fetched once more within this time, ms. */
const REFUSED_AGAIN_MS = 10_000;
/** After a failure nothing is fetched ahead of need within this time, ms. */
const FAILED_MS = 1_000;

interface Kept {
  readonly token: AccessToken;
  readonly fetchedAtMs: number;
  /** Whether it came in place of one that the endpoint had refused, and was not taken since. */
  isDoubted: boolean;
}

/** The access tokens of one endpoint: fetched once for all who wait, kept while they are good. */
export class AccessTokens {
  private readonly deps: Deps;
  private kept: Kept | null = null;
  private fetching: Promise<AccessToken | NoToken> | null = null;
  private notAheadUntilMs = 0;
  /** The next one replaces one that the endpoint has refused. */
  private wasRefused = false;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /**
   * Whether one more request may be sent now, with so many under way: without a token only the one
   * that fetches it, so that those who wait for a slow server do not hold others' places.
   */
  admits(inFlight: number, nowMs: number): boolean {
    if (inFlight === 0 || this.isGood(nowMs)) return true;
    this.fetchAhead(nowMs);
    return false;
  }

  /** Returns the token that is good, at once; else a new one, with all who wait for it. */
  async current(): Promise<AccessToken | NoToken> {
    const nowMs = Date.now();
    const { kept } = this;
    if (!kept || !this.isGood(nowMs)) return this.fetchOnce();
    if (nowMs >= kept.token.renewFromMs) this.fetchAhead(nowMs);
    return kept.token;
  }

  /** The endpoint has taken it. */
  taken(token: AccessToken): void {
    if (this.kept?.token === token) this.kept.isDoubted = false;
  }

  /**
   * The endpoint has refused a token.
   *
   * @returns whether another one may be better: not where that has just been tried
   */
  refused(token: AccessToken): boolean {
    const { kept } = this;
    if (kept?.token !== token) return true;
    if (kept.isDoubted && Date.now() - kept.fetchedAtMs < REFUSED_AGAIN_MS) return false;
    this.kept = null;
    this.wasRefused = true;
    return true;
  }

  private isGood(nowMs: number): boolean {
    return this.kept !== null && nowMs < this.kept.token.untilMs;
  }

  private fetchAhead(nowMs: number): void {
    if (nowMs < this.notAheadUntilMs) return;
    void this.fetchOnce();
  }

  private fetchOnce(): Promise<AccessToken | NoToken> {
    this.fetching ??= this.deps.fetch().then((fetched) => {
      this.fetching = null;
      if (fetched.kind === 'none') this.notAheadUntilMs = Date.now() + FAILED_MS;
      else this.keep(fetched);
      return fetched;
    });
    return this.fetching;
  }

  private keep(token: AccessToken): void {
    this.kept = { token, fetchedAtMs: Date.now(), isDoubted: this.wasRefused };
    this.wasRefused = false;
    this.deps.onToken();
  }
}
