import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;
/** A question to a role or a broker costs all of them processor time that other tests need. */
const ASK_EVERY_MS = 100;

/**
 * Waits until a condition holds; tests poll for what they need instead of sleeping for luck.
 *
 * @param options everyMs: if absent, 20 for a condition that is only looked at, and 100 for one
 *        that has to be awaited
 * @throws Error when it does not hold in time, with what `describe` tells of the state then
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  options: { timeoutMs?: number; everyMs?: number; describe?: () => unknown } = {},
): Promise<void> {
  const { timeoutMs = 60_000, everyMs, describe } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const holds = condition();
    if (await holds) return;
    if (Date.now() > deadline) {
      const state = describe ? `; ${JSON.stringify(describe())}` : '';
      throw new Error(`not so within ${timeoutMs} ms: ${condition}${state}`);
    }
    await sleep(everyMs ?? (typeof holds === 'boolean' ? LOOK_EVERY_MS : ASK_EVERY_MS));
  }
}
