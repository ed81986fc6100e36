import { parentPort } from 'node:worker_threads';
import { invariant, messageOf } from '../../common/base/errors.ts';

/** A call of a method in a database's thread. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Answer to a call; without an id: something failed that nobody has called. */
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number | null; readonly error: string };

/**
 * Answers the calls of `DatabaseThread` in its thread, in the order in which they come.
 *
 * @param methods by name; `close` ends the thread by closing the port
 * @returns the port, and what reports a failure that nobody has called for
 */
export function answerCalls(methods: Readonly<Record<string, (...args: never[]) => unknown>>) {
  invariant(parentPort, 'a database answers calls in a thread of its own');
  const port = parentPort;
  const refuse = (id: number | null, error: unknown) =>
    port.postMessage({ id, error: messageOf(error) } satisfies Answer);
  port.on('message', ({ id, method, args }: Call) => {
    const run = async () => methods[method]?.(...(args as never[]));
    run().then(
      (value) => port.postMessage({ id, value } satisfies Answer),
      (error: unknown) => refuse(id, error),
    );
  });
  return { port, failed: (error: unknown) => refuse(null, error) };
}
