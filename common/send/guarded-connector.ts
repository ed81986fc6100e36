import { buildConnector } from 'undici';
import { TargetForbiddenError } from '../target-guard.ts';
import type { TargetGuard } from '../target-guard.ts';

/** Connects as undici does, to checked addresses only; every connection is checked anew. */
export function guardedConnector(guard: TargetGuard, timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs, lookup: guard.lookup });
  return (options, callback) => {
    const reason = guard.whyRefused(options.hostname);
    if (reason === null) connect(options, callback);
    else callback(new TargetForbiddenError(reason), null);
  };
}
