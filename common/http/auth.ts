import { hash, timingSafeEqual } from 'node:crypto';
import { HttpProblem } from './problem.ts';

/**
 * Checks bearer keys. Keys are compared as hashes of equal length and all of them every time, so
 * the time taken says nothing about any key.
 *
 * @param apiKeys accepted keys; none means that every request may pass
 * @returns a check of the `Authorization` header's value; it throws HttpProblem 401
 */
export function createBearerCheck(
  apiKeys: readonly string[],
): (authorization: string | undefined) => void {
  const accepted = apiKeys.map(digest);
  return (authorization) => {
    if (accepted.length === 0) return;
    const key = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) throw unauthorized('A bearer key is required', '');
    const given = digest(key);
    const matches = accepted.filter((one) => timingSafeEqual(one, given));
    if (matches.length === 0) throw unauthorized('The key is not known', ', error="invalid_token"');
  };
}

function digest(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

function unauthorized(detail: string, more: string): HttpProblem {
  return new HttpProblem(401, detail, {
    headers: { 'www-authenticate': `Bearer realm="hookline"${more}` },
  });
}
