import type { DeliverySystem, RunningRole } from './delivery.ts';
import { urlOf } from './role-url.ts';
import { until } from './until.ts';

export interface Front {
  readonly url: string;
  readonly consoleUrl: string;
  readonly producer: RunningRole;
  readonly console: RunningRole;
}

/** A producer with a console behind its port, as `npm start` has them; waits until both answer. */
export async function startFront(
  system: DeliverySystem,
  env: Record<string, string> = {},
): Promise<Front> {
  const console = system.start('console', { CONSOLE_PORT: '0', ...env });
  const consoleUrl = await urlOf(console);
  const producer = system.start('producer', { PORT: '0', CONSOLE_URL: consoleUrl, ...env });
  const url = await urlOf(producer);
  const answers = () =>
    fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  const describe = () => producer.output() + console.output();
  await until(answers, { everyMs: 100, describe });
  return { url, consoleUrl, producer, console };
}
