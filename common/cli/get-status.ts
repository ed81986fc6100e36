import type { Config } from '../config/config.ts';
import { localUrl } from '../base/url.ts';

const TIMEOUT_MS = 5_000;

type Place = Pick<Config, 'HOST' | 'PORT' | 'CONSOLE_PORT' | 'API_KEYS'>;

/** Result of requesting the status from the running system. */
export type StatusAnswer =
  | { readonly kind: 'status'; readonly url: string; readonly status: unknown }
  /** The key is missing or wrong. */
  | { readonly kind: 'unauthorized'; readonly url: string; readonly isKeySet: boolean }
  /** An answer without a status, such as 503 while a process starts. */
  | { readonly kind: 'failed'; readonly url: string; readonly why: string }
  | { readonly kind: 'silent'; readonly url: string };

/** `GET /status` of the running system: behind the API's port, else at the console's own. */
export async function getStatus(place: Place): Promise<StatusAnswer> {
  const { HOST, PORT, CONSOLE_PORT, API_KEYS } = place;
  const answers: StatusAnswer[] = [];
  for (const port of [PORT, CONSOLE_PORT]) {
    const answer = await askOne(localUrl(HOST, port), API_KEYS[0]);
    if (answer.kind === 'status') return answer;
    answers.push(answer);
  }
  const told = answers.find(({ kind }) => kind === 'unauthorized');
  return told ?? answers.find(({ kind }) => kind === 'failed') ?? (answers[0] as StatusAnswer);
}

/** Says why there is no status, and what to do next. */
export function explainNoStatus(answer: Exclude<StatusAnswer, { kind: 'status' }>): string {
  const { kind, url } = answer;
  if (kind === 'unauthorized') {
    return answer.isKeySet
      ? `${url} does not accept the first key of API_KEYS: set API_KEYS as the running system has it`
      : `${url} asks for a key: set API_KEYS as the running system has it`;
  }
  if (kind === 'failed') return `${url} answers, but not with a status: ${answer.why}`;
  return `Nothing answers at ${url}: run \`npm start\`, or set HOST and PORT`;
}

async function askOne(url: string, key: string | undefined): Promise<StatusAnswer> {
  let response: Response;
  try {
    response = await fetch(`${url}/status`, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    return { kind: 'silent', url };
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.status === 401) return { kind: 'unauthorized', url, isKeySet: key !== undefined };
  if (response.ok && body !== null) return { kind: 'status', url, status: body };
  const { detail } = (body ?? {}) as { detail?: unknown };
  const said = typeof detail === 'string' ? `, ${detail}` : '';
  return { kind: 'failed', url, why: `HTTP ${response.status}${said}` };
}
