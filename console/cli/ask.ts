import type { Config } from '../../common/config.ts';
import { localUrl } from '../../common/http/url.ts';

const TIMEOUT_MS = 5_000;

type Place = Pick<Config, 'HOST' | 'PORT' | 'CONSOLE_PORT' | 'API_KEYS'>;

export interface Answer {
  readonly url: string;
  readonly status: unknown;
}

/**
 * `GET /status` of the running system: behind the API's port, else at the console's own.
 *
 * @returns null when nothing of ours answers
 */
export async function getStatus({
  HOST,
  PORT,
  CONSOLE_PORT,
  API_KEYS,
}: Place): Promise<Answer | null> {
  for (const port of [PORT, CONSOLE_PORT]) {
    const url = localUrl(HOST, port);
    const status = await getJson(`${url}/status`, API_KEYS[0]);
    if (status !== null) return { url, status };
  }
  return null;
}

async function getJson(url: string, key: string | undefined): Promise<unknown> {
  try {
    const response = await fetch(url, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return await response.json();
    await response.body?.cancel();
  } catch {
    // Nothing answers there, or it does not speak JSON: it is not what we look for.
  }
  return null;
}
