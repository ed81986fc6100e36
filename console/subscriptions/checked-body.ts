import { refusedField } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { seal } from '../../common/security/secrets.ts';
import type { SealingKey } from '../../common/security/secrets.ts';
import type { TargetGuard } from '../../common/security/target-guard.ts';
import type { PatchBody } from './body.ts';

/** A name server may be slow or away: the name is then judged at the first connection. */
const LOOK_UP_WAIT_MS = 1_000;

/**
 * Refuses at once what no delivery could reach. Names are judged again at each connection.
 *
 * @throws HttpProblem 400
 */
async function checkTarget(guard: TargetGuard, targetUrl: string, field: string): Promise<void> {
  const reason = await guard.whyForbidden(new URL(targetUrl).hostname, LOOK_UP_WAIT_MS);
  if (reason === null) return;
  const rule = 'a public address, or one within ALLOW_TARGETS';
  throw new HttpProblem(400, `${field}: ${reason}`, {
    code: 'target-forbidden',
    errors: [{ field, value: targetUrl, rule }],
  });
}

/** Refuses the URLs of a body that may not be reached. */
export async function checkTargets(
  guard: TargetGuard,
  { target_url, oauth2 }: Pick<PatchBody, 'target_url' | 'oauth2'>,
): Promise<void> {
  if (target_url !== undefined) await checkTarget(guard, target_url, 'target_url');
  if (oauth2) await checkTarget(guard, oauth2.token_url, 'oauth2.token_url');
}

/** Bounds of what a subscription may set for itself, in ms: those of the settings. */
export interface SettingLimits {
  readonly timeoutMsMax: number;
  /** 0: there are no retries. */
  readonly delayMsMax: number;
}

/**
 * Refuses what goes beyond the settings. A consumer that stops or takes over a partition waits for
 * a request as long as DELIVERY_TIMEOUT_MS says, and each wait goes by in a retry topic of the
 * settings.
 *
 * @throws HttpProblem 400
 */
export function checkLimits(
  body: {
    readonly timeout_ms?: number | null | undefined;
    readonly retry_schedule_ms?: readonly number[] | null | undefined;
  },
  { timeoutMsMax, delayMsMax }: SettingLimits,
): void {
  if ((body.timeout_ms ?? 0) > timeoutMsMax) {
    const rule = `at most ${timeoutMsMax}, which is DELIVERY_TIMEOUT_MS, or null`;
    throw refusedField('timeout_ms', body, rule);
  }
  if (body.retry_schedule_ms?.some((delayMs) => delayMs > delayMsMax)) {
    const rule =
      delayMsMax === 0
        ? 'an empty list or null, as the settings have no retries'
        : `waits of at most ${delayMsMax}, the longest of the settings; see RETRY_SCHEDULE`;
    throw refusedField('retry_schedule_ms', body, rule);
  }
}

/**
 * Refuses two kinds of `authorization` at once.
 *
 * @throws HttpProblem 400
 */
export function checkAuthorization({ headers, oauth2 }: Subscription): void {
  if (oauth2 && 'authorization' in headers) {
    const rule = 'either oauth2 or a header authorization, as oauth2 sends one';
    throw refusedField('headers.authorization', {}, rule);
  }
}

/** Encrypts the credentials of a body: the values of its headers, and the secret of its client. */
export function sealCredentials<
  Body extends {
    headers?: Record<string, string> | undefined;
    oauth2?: { client_secret: string } | null | undefined;
  },
>(body: Body, id: string, key: SealingKey | null): Body {
  const { headers, oauth2 } = body;
  const sealed = Object.entries(headers ?? {}).map(([name, value]) => [name, seal(value, key, id)]);
  return {
    ...body,
    ...(headers && { headers: Object.fromEntries(sealed) as Record<string, string> }),
    ...(oauth2 && { oauth2: { ...oauth2, client_secret: seal(oauth2.client_secret, key, id) } }),
  };
}
