/**
 * Who may act for an idempotency key. Every process reads the same records in the same order, so
 * all of them find the same answer.
 */

/** The state of a key as a record of the topic states it. */
export interface ClaimRecord {
  /** `claimed`: a request wants to act; `done`: it has; `failed`: it has given up. */
  readonly state: 'claimed' | 'done' | 'failed';
  /** The request, by a name that no other one has. */
  readonly by: string;
  /** Fingerprint of the requested work: two requests with one key must want the same. */
  readonly fingerprint: string;
}

export interface Claim extends ClaimRecord {
  /** When the record was written, ms since 1970. */
  readonly atMs: number;
}

/** How long the owner of a key has to read its claim back and do its work: each may take 5 s. */
export const LEASE_MS = 15_000;

/**
 * The claim that holds after a record. The first one does until it failed or has taken longer than
 * its lease, as when its process died. What is done stays done.
 */
export function applied(before: Claim | undefined, record: Claim): Claim {
  if (before === undefined || record.state === 'done')
    return before?.state === 'done' ? before : record;
  if (before.state === 'done' || before.fingerprint !== record.fingerprint) return before;
  if (record.state === 'failed') return record.by === before.by ? record : before;
  const isOver = before.state === 'failed' || record.atMs - before.atMs >= LEASE_MS;
  return isOver ? record : before;
}

/** Next step of a request whose claim is in the log. */
export type ClaimStatus =
  | { readonly kind: 'owner' }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'other-content' }
  /** Waits for the owner's record, or until a new claim would be the owner's. */
  | { readonly kind: 'wait'; readonly forMs: number };

/**
 * @param holding the claim that holds after `mine` was read
 */
export function claimStatus(holding: Claim, mine: Claim): ClaimStatus {
  if (holding.fingerprint !== mine.fingerprint) return { kind: 'other-content' };
  if (holding.state === 'done') return { kind: 'repeated' };
  if (holding.by === mine.by) return { kind: 'owner' };
  return { kind: 'wait', forMs: Math.max(0, holding.atMs + LEASE_MS - mine.atMs) };
}

/** The value of a record. */
export function formatClaim({ state, by, fingerprint }: ClaimRecord): string {
  return JSON.stringify({ state, by, fingerprint });
}

/** Null for what no version of ours has written. */
export function parseClaim(text: string): ClaimRecord | null {
  try {
    const { state, by, fingerprint } = JSON.parse(text) as Record<string, unknown>;
    if (state !== 'claimed' && state !== 'done' && state !== 'failed') return null;
    if (typeof by !== 'string' || typeof fingerprint !== 'string') return null;
    return /^[0-9a-f]{16}$/.test(fingerprint) ? { state, by, fingerprint } : null;
  } catch {
    return null;
  }
}
