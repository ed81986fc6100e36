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
