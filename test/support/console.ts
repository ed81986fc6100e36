import { readAnswer } from './api.ts';
import type { ApiAnswer } from './api.ts';
import type { DeliverySystem, RunningRole } from './delivery.ts';
import { urlOf } from './role-url.ts';
import { until } from './until.ts';

export interface TestConsole {
  readonly role: RunningRole;
  /** JSON in, JSON out; null when the answer is none. */
  ask(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
}

/** Starts a console and waits until its views have what is in the log. */
export async function startConsole(
  system: DeliverySystem,
  env: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<TestConsole> {
  const role = system.start('console', { CONSOLE_PORT: '0', ...env });
  const url = await urlOf(role);
  const ask = async (method: string, path: string, body?: unknown): Promise<ApiAnswer> => {
    const answer = await fetch(url + path, {
      ...{ method, headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    return readAnswer(answer);
  };
  const isLoaded = () =>
    ask('GET', '/status').then(
      ({ json }) => json.loading === false,
      () => false,
    );
  await until(isLoaded, { describe: role.output });
  return { role, ask };
}
