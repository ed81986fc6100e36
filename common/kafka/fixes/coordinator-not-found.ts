import { internalModule, wrapMethod } from '../internals.ts';

type Find = (this: object, of: unknown) => Promise<unknown>;

interface Errors {
  readonly KafkaJSGroupCoordinatorNotFound: new (message: string) => Error & { retriable: boolean };
}

/**
 * When no broker says who coordinates a group, kafkajs 2.2.4 takes that for final and its consumer
 * dies. Yet none could be asked just then, as while a broker starts again: marked as retriable, the
 * error makes kafkajs restart the consumer, as it does when it cannot connect.
 */
export function fixCoordinatorNotFound(): void {
  const { KafkaJSGroupCoordinatorNotFound } = internalModule<Errors>('errors');
  wrapMethod<Find>('cluster', 'findGroupCoordinatorMetadata', (find) => {
    return async function (of) {
      try {
        return await find.call(this, of);
      } catch (error) {
        if (error instanceof KafkaJSGroupCoordinatorNotFound) error.retriable = true;
        throw error;
      }
    };
  });
}
