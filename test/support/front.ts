import { freePort } from '../../infra/ports.ts';
import type { DeliverySystem, RunningRole } from './delivery.ts';
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
  const [port, consolePort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  const console = system.start('console', { CONSOLE_PORT: String(consolePort), ...env });
  const consoleUrl = `http://127.0.0.1:${consolePort}`;
  const producer = system.start('producer', {
    ...{ PORT: String(port), CONSOLE_URL: consoleUrl },
    ...env,
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  const describe = () => producer.output() + console.output();
  await until(answers, { everyMs: 100, describe });
  return { url, consoleUrl, producer, console };
}
