import { refusedField } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { seal } from '../../common/security/secrets.ts';
import type { SealingKey } from '../../common/security/secrets.ts';
import type { TargetGuard } from '../../common/security/target-guard.ts';

/** A name server may be slow or away: the name is then judged at the first connection. */
const LOOK_UP_WAIT_MS = 1_000;

/**
 * Refuses at once what no delivery could reach. Names are judged again at each connection.
 *
 * @throws HttpProblem 400
 */
export async function checkTarget(guard: TargetGuard, targetUrl: string): Promise<void> {
  const reason = await guard.whyForbidden(new URL(targetUrl).hostname, LOOK_UP_WAIT_MS);
  if (reason === null) return;
  const rule = 'a public address, or one within ALLOW_TARGETS';
  throw new HttpProblem(400, `target_url: ${reason}`, {
    code: 'target-forbidden',
    errors: [{ field: 'target_url', value: targetUrl, rule }],
  });
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

/** Encrypts the values of the headers, which may be credentials. */
export function sealHeaders<Body extends { headers?: Record<string, string> | undefined }>(
  body: Body,
  id: string,
  key: SealingKey | null,
): Body {
  if (body.headers === undefined) return body;
  const sealed = Object.entries(body.headers).map(([name, value]) => [name, seal(value, key, id)]);
  return { ...body, headers: Object.fromEntries(sealed) as Record<string, string> };
}
