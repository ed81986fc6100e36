/** One answer of the receiver. */
export interface Hit {
  readonly status: number;
  readonly retryAfter: string | null;
}

/** Fields of the receiver's answer to `GET /mode`. */
export interface ReceiverMode {
  readonly mode: string;
  readonly rps: number;
}

export interface Verdict {
  readonly passed: boolean;
  readonly text: string;
}

/**
 * Judges quick hits on the limiter.
 *
 * @param tookMs from before the first hit until after the last
 */
export function limiterVerdict(
  { mode, rps }: ReceiverMode,
  hits: readonly Hit[],
  tookMs: number,
): Verdict {
  const failed = (text: string): Verdict => ({ passed: false, text });
  if (mode !== 'ratelimit') return failed(`The receiver is in mode ${mode} and limits nothing.`);
  const strange = hits.find(({ status }) => status !== 200 && status !== 429);
  if (strange) return failed(`A limiter answers 200 or 429, and one answer was ${strange.status}.`);
  const accepted = hits.filter(({ status }) => status === 200).length;
  const refused = hits.filter(({ status }) => status === 429);
  if (refused.some(({ retryAfter }) => !/^[1-9]\d*$/.test(retryAfter ?? ''))) {
    return failed('A 429 came without whole seconds in Retry-After.');
  }
  // The window as the limiter has it: whole requests, at least a second.
  const perWindow = Math.ceil(rps);
  const acceptedMax = perWindow * (1 + Math.floor(tookMs / ((perWindow / rps) * 1_000)));
  const said = `${accepted} of ${hits.length} accepted at ${rps} a second`;
  if (accepted > acceptedMax) return failed(`${said}: at most ${acceptedMax} should have been.`);
  if (refused.length === 0) return { passed: true, text: `${said}: there was nothing to refuse.` };
  return {
    passed: true,
    text: `${said}, ${refused.length} refused with 429 and Retry-After: the limiter works.`,
  };
}
