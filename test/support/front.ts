import type { DeliverySystem, RunningRole } from './delivery.ts';
import { urlOf } from './role-url.ts';
import { until } from './until.ts';

export interface Front {
  readonly url: string;
  readonly consoleUrl: string;
  readonly producer: RunningRole;
  readonly console: RunningRole;
}

/**
 * A producer with a console behind its port, as `npm start` has them; waits until both answer.
 *
 * @param own settings of one of them alone
 */
export async function startFront(
  system: DeliverySystem,
  env: Record<string, string> = {},
  own: Readonly<Record<'producer' | 'console', Record<string, string>>> = {
    producer: {},
    console: {},
  },
): Promise<Front> {
  const console = system.start('console', { CONSOLE_PORT: '0', ...env, ...own.console });
  const consoleUrl = await urlOf(console);
  const producer = system.start('producer', {
    PORT: '0',
    CONSOLE_URL: consoleUrl,
    ...env,
    ...own.producer,
  });
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
