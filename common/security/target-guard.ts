import type { LookupAddress } from 'node:dns';
import { lookup as lookupName } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { waitAtMost } from '../base/retry.ts';
import { isLoopbackName, classifyAddress, parseNetwork } from './classify-address.ts';
import { AppError } from '../base/errors.ts';

/** Looks a name up once, as the system does. */
export type Resolve = (hostname: string, family: 0 | 4 | 6) => Promise<readonly LookupAddress[]>;

/** Keeps deliveries to URLs that came by the API away from what is not public (SSRF). */
export interface TargetGuard {
  /**
   * Why a host, as `new URL()` gives it, must not be connected to; null when it is a name (which
   * `lookup` will check) or an address that may be reached. To be called before each connection:
   * an address needs no look-up, and a name such as `localhost` always means the same.
   */
  whyRefused(hostname: string): string | null;
  /**
   * The same with a look-up of the name, for when a target is given. A name that cannot be looked
   * up within `waitMs` is not refused: every connection is checked again.
   */
  whyForbidden(hostname: string, waitMs: number): Promise<string | null>;
  /**
   * For `net.connect`: resolves a name once and hands out what was checked, so that the name cannot
   * lead elsewhere between check and connection. One forbidden address refuses the name.
   */
  readonly lookup: LookupFunction;
}

/** The target's address is none that may be reached. */
export class TargetForbiddenError extends AppError {
  override readonly name = 'TargetForbiddenError';

  constructor(message: string) {
    super('target_forbidden', message);
  }
}

/** Addresses that a loopback name leads to. */
const LOOPBACK = ['127.0.0.1', '::1'];

const resolveBySystem: Resolve = (hostname, family) =>
  lookupName(hostname, { all: true, family, order: 'verbatim' });

/**
 * @param allowTargets the setting ALLOW_TARGETS
 * @param resolve      how names are looked up; tests give their own
 */
export function createTargetGuard(
  allowTargets: readonly string[],
  resolve: Resolve = resolveBySystem,
): TargetGuard {
  const allowed = allowTargets.map(parseNetwork);

  const mayBeReached = (address: string) => classifyAddress(address, allowed) === null;

  const whyRefused = (hostname: string): string | null => {
    const address = hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(address) === 0) {
      const isForbidden = isLoopbackName(hostname) && !LOOPBACK.some(mayBeReached);
      return isForbidden ? `${hostname} is not public (loopback)` : null;
    }
    const kind = classifyAddress(address, allowed);
    return kind && `${address} is not public (${kind})`;
  };

  /**
   * Look-ups under way, one at a time for each name: each holds a thread, for long at a dead
   * server.
   */
  const underWay = new Map<string, Promise<readonly LookupAddress[]>>();
  const resolveOnce: Resolve = (hostname, family) => {
    const question = `${hostname} ${family}`;
    const asked = underWay.get(question);
    if (asked) return asked;
    const answer = resolve(hostname, family).finally(() => underWay.delete(question));
    underWay.set(question, answer);
    return answer;
  };

  const addressesOf = async (hostname: string, family: 0 | 4 | 6) => {
    const found = await resolveOnce(hostname, family);
    for (const { address } of found) {
      const kind = classifyAddress(address, allowed);
      if (kind === null) continue;
      throw new TargetForbiddenError(`${hostname} is at ${address}, not public (${kind})`);
    }
    return found;
  };

  return {
    whyRefused,
    async whyForbidden(hostname, waitMs) {
      const reason = whyRefused(hostname);
      if (reason !== null || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0) return reason;
      try {
        await waitAtMost(addressesOf(hostname, 0), waitMs);
        return null;
      } catch (error) {
        return error instanceof TargetForbiddenError ? error.message : null;
      }
    },
    lookup: (hostname, options, callback) => {
      addressesOf(hostname, familyOf(options.family)).then(
        (found) => {
          const [first] = found;
          if (!first) callback(notFound(hostname), '', 0);
          else if (options.all) callback(null, [...found]);
          else callback(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, '', 0),
      );
    },
  };
}

function familyOf(family: number | 'IPv4' | 'IPv6' | undefined): 0 | 4 | 6 {
  if (family === 4 || family === 'IPv4') return 4;
  return family === 6 || family === 'IPv6' ? 6 : 0;
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' });
}
