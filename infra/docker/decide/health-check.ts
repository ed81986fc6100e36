import type { Config } from '../../../common/config.ts';

/** What proves that the role of a container is well. */
export type HealthCheck =
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'broker'; readonly brokers: readonly string[] }
  | { readonly kind: 'none' };

type Settings = Pick<Config, 'PORT' | 'CONSOLE_PORT' | 'RECEIVER_PORT' | 'KAFKA_BROKERS'>;

/**
 * @param commands the command lines of the container's processes
 * @returns `none` when no role runs here
 */
export function healthCheck(commands: readonly string[], settings: Settings): HealthCheck {
  const role = commands.map((line) => /\b(\w+)\/main\.ts\b/.exec(line)?.[1]).find(Boolean);
  // It has no port, and ends when it fails. That it gets on is what the console's
  // /health/ready tells, from the group's commits.
  if (role === 'consumer') return { kind: 'broker', brokers: settings.KAFKA_BROKERS };
  const ports = new Map([
    ['producer', settings.PORT],
    ['console', settings.CONSOLE_PORT],
    ['receiver', settings.RECEIVER_PORT],
  ]);
  const port = ports.get(role ?? '');
  if (port === undefined) return { kind: 'none' };
  return { kind: 'http', url: `http://127.0.0.1:${port}/health/live` };
}
