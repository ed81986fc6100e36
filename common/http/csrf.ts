import type { Context } from 'hono';
import { HttpProblem } from './problem.ts';

/** Names by which a person's own machine is asked. */
const LOOPBACK = /^(([a-z0-9-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

interface Rules {
  /** Whether each request needs a key, which no other page knows. */
  readonly hasKeys: boolean;
  /** Paths that hold no data: a link of any site may open them. */
  readonly openPaths: readonly string[];
}

/**
 * Refuses what a page of another site sets off in somebody's browser, also to read: an answer that
 * the page may not see still tells by its time and size. The browser says where a request comes
 * from; but a page whose own name was led to this address looks like ours, so without keys we must
 * be asked by a loopback name.
 *
 * @throws HttpProblem 403
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function refuseCrossSite({ req }: Context, { hasKeys, openPaths }: Rules): void {
  const site = req.header('sec-fetch-site');
  if (site === 'cross-site' && !(isNavigation(req) && openPaths.includes(req.path))) {
    throw new HttpProblem(403, 'The request comes from a page of another site');
  }
  if (hasKeys) return;
  // Some browsers do not count loopback among the hosts that they send sec-fetch-site to.
  const origin = req.header('origin');
  if (site === undefined && origin !== undefined && !LOOPBACK.test(hostOf(origin))) {
    throw new HttpProblem(
      403,
      `The request comes from a page of ${origin}; allowed: pages of this machine`,
    );
  }
  const host = req.header('host');
  if (host === undefined || LOOPBACK.test(host)) return;
  throw new HttpProblem(
    403,
    `The request is for the host ${host}; allowed: localhost, or any name with API_KEYS`,
  );
}

/** Whether somebody follows a link, so that the answer becomes the page that is seen. */
function isNavigation(req: Context['req']): boolean {
  const isPage = req.header('sec-fetch-mode') === 'navigate';
  return req.method === 'GET' && isPage && req.header('sec-fetch-dest') === 'document';
}

/** @param origin `null` where the browser does not say it */
function hostOf(origin: string): string {
  return origin.replace(/^https?:\/\//i, '');
}
