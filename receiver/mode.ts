import { z } from 'zod';
import { RECEIVER_MODES } from '../common/config/config.ts';
import { assertNever } from '../common/base/errors.ts';

export type ModeName = (typeof RECEIVER_MODES)[number];

const between = (from: number, to: number) => ({
  error: `allowed: a number from ${from} to ${to}`,
});
const whole = (from: number, to: number) =>
  z
    .number(between(from, to))
    .int(between(from, to))
    .min(from, between(from, to))
    .max(to, between(from, to));

const RPS_ALLOWED = { error: 'allowed: a number above 0 up to 1000000' };

/** Behaviour of the receiver. A parameter that its mode does not use is kept and has no effect. */
export const Mode = z.strictObject({
  mode: z.enum(RECEIVER_MODES, { error: `allowed: ${RECEIVER_MODES.join(', ')}` }),
  /** `ratelimit`: accepted a second, for each IP and path. */
  rps: z.number(RPS_ALLOWED).positive(RPS_ALLOWED).max(1_000_000, RPS_ALLOWED).default(5),
  /** `error` and `flaky`: the status of a failure. */
  status: whole(300, 599).default(500),
  /** `slow`: time before the answer. */
  delayMs: whole(0, 600_000).default(1_000),
  /** `flaky`: the share of requests that fail. */
  failRate: z.number(between(0, 1)).min(0, between(0, 1)).max(1, between(0, 1)).default(0.5),
  /** `error`, `flaky` and `gone`: seconds in `Retry-After`; null leaves the header out. */
  retryAfter: whole(0, 86_400).nullable().default(null),
});
export type Mode = Readonly<z.output<typeof Mode>>;

/** Planned handling of a request, before its signature or the limiter is checked. */
export type Plan =
  | { readonly kind: 'accept'; readonly delayMs: number }
  | { readonly kind: 'limit' }
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfterS: number | null }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' };

/** @param random01 from 0 up to, not including, 1; a new one for each request */
export function planAnswer(mode: Mode, random01: number): Plan {
  const refuse = (status: number): Plan => ({
    kind: 'refuse',
    status,
    retryAfterS: mode.retryAfter,
  });
  switch (mode.mode) {
    case 'ok':
      return { kind: 'accept', delayMs: 0 };
    case 'slow':
      return { kind: 'accept', delayMs: mode.delayMs };
    case 'ratelimit':
      return { kind: 'limit' };
    case 'error':
      return refuse(mode.status);
    case 'gone':
      return refuse(410);
    case 'flaky':
      return random01 < mode.failRate ? refuse(mode.status) : { kind: 'accept', delayMs: 0 };
    case 'hang':
      return { kind: 'hang' };
    case 'reset':
      return { kind: 'reset' };
    default:
      return assertNever(mode.mode);
  }
}
