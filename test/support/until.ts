import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until a condition holds; tests poll for what they need instead of sleeping for luck.
 *
 * @throws Error when it does not hold in time, with what `describe` tells of the state then
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  options: { timeoutMs?: number; everyMs?: number; describe?: () => unknown } = {},
): Promise<void> {
  const { timeoutMs = 60_000, everyMs = 20, describe } = options;
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      const state = describe ? `; ${JSON.stringify(describe())}` : '';
      throw new Error(`not so within ${timeoutMs} ms: ${condition}${state}`);
    }
    await sleep(everyMs);
  }
}
