import { internalModule, wrapMethod } from '../internals.ts';

type Join = (this: object) => Promise<void>;
type Fetch = (this: object, nodeId: string) => Promise<unknown>;

interface Errors {
  readonly KafkaJSProtocolError: new (error: typeof REJOIN) => Error;
}

/** The error that kafkajs takes as the request to join the group again. */
const REJOIN = { type: 'REBALANCE_IN_PROGRESS', message: 'the last join failed', retriable: true };

/**
 * kafkajs 2.2.4 begins a join, and when that fails (a coordinator that loads its groups, a lost
 * connection) it goes on fetching as the member that it was. But the assigner has said by then that
 * a join is under way, and with no other to end it, whoever waits for the new assignment waits for
 * ever. So a failed join is made again before anything is fetched.
 */
export function fixFailedJoin(): void {
  const { KafkaJSProtocolError } = internalModule<Errors>('errors');
  const failed = new WeakSet<object>();
  wrapMethod<Join>('consumer/consumerGroup', 'joinAndSync', (join) => {
    return async function () {
      try {
        await join.call(this);
        failed.delete(this);
      } catch (error) {
        failed.add(this);
        throw error;
      }
    };
  });
  wrapMethod<Fetch>('consumer/consumerGroup', 'fetch', (fetch) => {
    return async function (nodeId) {
      if (failed.has(this)) throw new KafkaJSProtocolError(REJOIN);
      return fetch.call(this, nodeId);
    };
  });
}
