import type { MiddlewareHandler } from 'hono';
import { HttpProblem } from '../common/http/problem.ts';

/** A browser says where a request comes from, and no other site may set off deliveries. */
export const refuseOtherSites: MiddlewareHandler = async (c, next) => {
  if (c.req.header('sec-fetch-site') === 'cross-site') {
    throw new HttpProblem(403, 'Another site asked for it');
  }
  await next();
};
