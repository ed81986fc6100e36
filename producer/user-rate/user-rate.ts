import { waitAtMost } from '../../common/base/retry.ts';
import {
  RLWrapperTimeouts,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Config } from '../../common/config/config.ts';
import { messageOf } from '../../common/base/errors.ts';
import type { Role } from '../../common/process/run-role.ts';
import { takeToken } from './token-bucket.ts';
import { windowOf } from './window.ts';
import type { Window } from './window.ts';

/** Says whether a user may have one more. */
export interface UserRate {
  /**
   * Number of deliveries that a user may have in a time window, for messages; null: there is no
   * limit.
   */
  readonly window: Window | null;
  /** @returns 0 when it was granted, else in how many ms it is worth asking again */
  take(userId: string): Promise<number>;
}

type Take = UserRate['take'];

/** Time to wait for an answer of the store, in ms; after that this process counts alone. */
const STORE_TIMEOUT_MS = 500;
/** A start waits so long for the store, and then goes on without it. */
const CONNECT_TIMEOUT_MS = 2_000;
const FORGET_EVERY_MS = 10_000;
/** Shortest time between two warnings, in ms. */
const WARN_EVERY_MS = 10_000;

/** Opens the rate limit of users, and its store where one is set. */
export async function openUserRate({ config, logger, open }: Role): Promise<UserRate> {
  const { USER_RATE_LIMIT: limit, USER_RATE_STRATEGY: strategy, USER_RATE_STORE: url } = config;
  if (limit === null) return { window: null, take: () => Promise.resolve(0) };
  const window = windowOf(limit);
  const alone = strategy === 'token-bucket' ? tokenBuckets(window) : fixedWindows(window);
  if (url === '') return { window, take: alone };

  // The client is imported only here, because it takes 20 MB of memory.
  const { createClient } = await import('@redis/client');
  const client = createClient({
    url,
    // A command that cannot be sent now fails at once and is decided here; nothing waits for the
    // store to come back.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (tries) => Math.min(tries * 100, 2_000),
    },
  });
  let warnedAtMs = -Infinity;
  const warn = (error: unknown) => {
    if (Date.now() - warnedAtMs < WARN_EVERY_MS) return;
    warnedAtMs = Date.now();
    logger.warn({ err: messageOf(error) }, 'user-rate.store-unavailable');
  };
  client.on('error', warn);
  open.defer(() => client.destroy());
  // The client retries by itself. Until it is connected, requests are counted in this process
  // alone.
  const connected = client.connect().catch(warn);
  await waitAtMost(connected, CONNECT_TIMEOUT_MS);
  const shared = sharedRate({ client, window, strategy, prefix: config.TOPIC_PREFIX });
  const take: Take = (userId) =>
    shared(userId).catch((error: unknown) => {
      warn(error);
      return alone(userId);
    });
  return { window, take };
}

function fixedWindows({ points, seconds }: Window): Take {
  return consumeOf(new RateLimiterMemory({ points, duration: seconds }));
}

function tokenBuckets(window: Window): Take {
  const buckets = new Map<string, number>();
  setInterval(() => {
    const nowMs = Date.now();
    for (const [userId, fullAtMs] of buckets) if (fullAtMs <= nowMs) buckets.delete(userId);
  }, FORGET_EVERY_MS).unref();
  return (userId) => {
    const { fullAtMs, waitMs } = takeToken(buckets.get(userId) ?? 0, window, Date.now());
    buckets.set(userId, fullAtMs);
    return Promise.resolve(waitMs);
  };
}

/** `takeToken` where the store runs it; the clock is the store's. Says what a window would say. */
const TOKEN_BUCKET_LUA = `
local points, capacity = tonumber(ARGV[3]), tonumber(ARGV[4]) * 1000
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local next = full + capacity / points
local wait = next - now - capacity
if wait >= 1 then return {points + 1, math.ceil(wait)} end
redis.call('SET', KEYS[1], string.format('%.3f', next), 'PX', math.ceil(next - now))
return {1, 0}
`;

function sharedRate({
  client,
  window: { points, seconds },
  strategy,
  prefix,
}: {
  client: object;
  window: Window;
  strategy: Config['USER_RATE_STRATEGY'];
  prefix: string;
}): Take {
  const limiter = new RateLimiterRedis({
    storeClient: client,
    useRedisPackage: true,
    rejectIfRedisNotReady: true,
    // Two strategies do not read each other's numbers.
    keyPrefix: `${prefix}.user-rate.${strategy}`,
    points,
    duration: seconds,
    ...(strategy === 'token-bucket' && { customIncrTtlLuaScript: TOKEN_BUCKET_LUA }),
  });
  return consumeOf(new RLWrapperTimeouts({ limiter, timeoutMs: STORE_TIMEOUT_MS }));
}

function consumeOf(limiter: RateLimiterAbstract): Take {
  return async (userId) => {
    try {
      await limiter.consume(userId);
      return 0;
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      return Math.max(1, refused.msBeforeNext);
    }
  };
}
