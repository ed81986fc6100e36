import type { Context } from 'hono';
import { HttpProblem } from './problem.ts';

/** Names by which a person's own machine is asked. */
const LOOPBACK = /^(([a-z0-9-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what a page of another site sets off in somebody's browser. The browser says where a
 * request comes from; but a page whose own name was led to this address looks like ours, so without
 * keys we must be asked by a loopback name.
 *
 * @param hasKeys whether each request needs a key, which no other page knows
 * @throws HttpProblem 403
 */
export function checkSite({ req }: Context, hasKeys: boolean): void {
  if (!READING.has(req.method) && req.header('sec-fetch-site') === 'cross-site') {
    throw new HttpProblem(403, 'Another site asked for it');
  }
  const host = req.header('host');
  if (hasKeys || host === undefined || LOOPBACK.test(host)) return;
  throw new HttpProblem(403, `Asked for as ${host}; allowed: localhost, or any name with API_KEYS`);
}
