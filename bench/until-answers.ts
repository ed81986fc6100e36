import { pollUntil } from '../common/base/retry.ts';

const ANSWERS_MS_MAX = 60_000;

/** Waits until a server answers a URL with success. */
export async function untilAnswers(url: string, everyMs = 200): Promise<void> {
  const isOk = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  const deadlineMs = Date.now() + ANSWERS_MS_MAX;
  if (!(await pollUntil(isOk, { everyMs, deadlineMs }))) throw new Error(`${url} does not answer`);
}
