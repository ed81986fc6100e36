/** The result of one attempt. A failure of the receiver is a value, never an exception. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly status: number }
  | {
      readonly kind: 'refused';
      readonly status: number;
      /**
       * Pause that `Retry-After` requests, in ms; null when the header was absent or unreadable.
       */
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'unreachable'; readonly error: NetworkFailure };

export type NetworkFailure =
  | 'timeout'
  | 'connection-refused'
  | 'connection-reset'
  | 'dns'
  | 'tls'
  | 'network'
  /** The proxy of the settings failed, so that the target was not asked. */
  | 'proxy'
  /** The server that gives out access tokens gave none, so that the target was not asked. */
  | 'token-server'
  /** Bytes came that are no HTTP/1.1 answer. */
  | 'bad-answer'
  /** The address is none that deliveries may go to. */
  | 'target-forbidden';

/** Something that a target is reached through. */
export type Dependency = Extract<NetworkFailure, 'proxy' | 'token-server'>;

/** Returns what failed that the target has no part in, so that it was not asked; null: nothing. */
export function failedDependency(outcome: Outcome): Dependency | null {
  if (outcome.kind !== 'unreachable') return null;
  const { error } = outcome;
  return error === 'proxy' || error === 'token-server' ? error : null;
}

/** Describes why an attempt did not succeed: a fixed word or the status, then a text for people. */
export function describeFailure(outcome: Outcome, detail: string): string {
  const what = outcome.kind === 'unreachable' ? outcome.error : `HTTP ${outcome.status}`;
  return detail === '' ? what : `${what}: ${detail}`;
}

/** Failures that came before anything of the request was sent. */
const UNSENT = [
  'connection-refused',
  'dns',
  'tls',
  'proxy',
  'token-server',
  'target-forbidden',
] as const satisfies readonly NetworkFailure[];

/**
 * Whether nothing of an attempt's request was sent.
 *
 * @param failure the text of `describeFailure`
 */
export function isUnsent(failure: string): boolean {
  return UNSENT.some((kind) => failure === kind || failure.startsWith(`${kind}: `));
}
