import type { Config } from '../../common/config/config.ts';

type Settings = Pick<Config, 'PORT' | 'CONSOLE_PORT' | 'RECEIVER_PORT' | 'METRICS_PORT'>;

/**
 * @param commands the command lines of the container's processes
 * @returns what answers 200 while the role of this container is well; null when no role runs here
 */
export function healthUrl(commands: readonly string[], settings: Settings): string | null {
  const role = commands.map((line) => /\b(\w+)\/main\.ts\b/.exec(line)?.[1]).find(Boolean);
  const ports = new Map([
    ['producer', settings.PORT],
    ['console', settings.CONSOLE_PORT],
    ['receiver', settings.RECEIVER_PORT],
    ['consumer', settings.METRICS_PORT],
  ]);
  const port = ports.get(role ?? '');
  return port === undefined ? null : `http://127.0.0.1:${port}/health/live`;
}
