import { internalModule } from './internals.ts';

interface Cluster {
  findGroupCoordinatorMetadata(of: unknown): Promise<unknown>;
}

interface Errors {
  readonly KafkaJSGroupCoordinatorNotFound: new (message: string) => Error;
  readonly KafkaJSBrokerNotFound: new (message: string) => Error;
}

/**
 * When no broker says who coordinates a group, kafkajs 2.2.4 takes that for final and its consumer
 * dies. Yet it means only that none could be asked just then, as while a broker starts again: with
 * this error kafkajs itself asks again, and restarts the consumer if that goes on.
 */
export function patchCoordinator(): void {
  const { prototype } = internalModule<{ prototype: Cluster }>('cluster');
  const errors = internalModule<Errors>('errors');
  const find = prototype.findGroupCoordinatorMetadata;
  prototype.findGroupCoordinatorMetadata = async function (this: Cluster, of) {
    try {
      return await find.call(this, of);
    } catch (error) {
      if (!(error instanceof errors.KafkaJSGroupCoordinatorNotFound)) throw error;
      throw new errors.KafkaJSBrokerNotFound(error.message);
    }
  };
}
