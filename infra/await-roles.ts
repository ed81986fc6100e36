import { pollUntil } from '../common/base/retry.ts';
import { ConfigError } from '../common/base/errors.ts';
import type { Logger } from '../common/base/logger.ts';
import { START_ID_HEADER } from '../common/process/start-id.ts';

const PING_EVERY_MS = 50;
const PING_TIMEOUT_MS = 2_000;
const SLOW_START_MS = 60_000;

/** A role that serves HTTP. */
export interface AwaitedRole {
  /** The setting that names its port. */
  readonly setting: string;
  readonly url: string;
}

/**
 * Waits for an answer of each role, as long as it takes: a role that fails is being started again.
 *
 * @param startId named by every role of this start
 * @throws ConfigError another program answers: it took the port after the start had found it free,
 *         so our own role cannot have it
 */
export async function untilAnswering(
  roles: readonly AwaitedRole[],
  startId: string,
  isStopping: () => boolean,
  logger: Logger,
): Promise<void> {
  const slow = setTimeout(
    () => logger.warn('start.slow: not every role answers yet'),
    SLOW_START_MS,
  );
  try {
    await Promise.all(roles.map((role) => untilOneAnswers(role, startId, isStopping)));
  } finally {
    clearTimeout(slow);
  }
}

async function untilOneAnswers(
  { setting, url }: AwaitedRole,
  startId: string,
  isStopping: () => boolean,
): Promise<void> {
  const isAnswering = async () => {
    if (isStopping()) return true;
    const answer = await ping(`${url}/ping`);
    if (!answer || answer.startId === startId || isStopping()) return answer !== null;
    const { port } = new URL(url);
    const why = 'another process has begun to listen there, and answers in our place';
    throw new ConfigError([`${setting}=${port}: ${why}; allowed: a free port`]);
  };
  await pollUntil(isAnswering, { everyMs: PING_EVERY_MS });
}

/** @returns null when nobody answers */
async function ping(url: string): Promise<{ readonly startId: string | null } | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PING_TIMEOUT_MS) });
    await response.body?.cancel();
    return { startId: response.headers.get(START_ID_HEADER) };
  } catch {
    return null;
  }
}
