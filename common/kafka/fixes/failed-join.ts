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
 * a join is under way, and with no other to end it, a caller that waits for the new assignment
 * waits for ever. So a failed join is made again before anything is fetched.
 *
 * Also, each of its fetchers, of which there is one for each broker, joins by itself when it sees
 * that partitions were added: several joins in one generation, whose assignments are then begun
 * side by side. Here one that is under way is everybody's.
 */
export function fixFailedJoin(): void {
  const { KafkaJSProtocolError } = internalModule<Errors>('errors');
  const failed = new WeakSet<object>();
  const underWay = new WeakMap<object, Promise<void>>();
  wrapMethod<Join>('consumer/consumerGroup', 'joinAndSync', (join) => {
    return function () {
      const shared = underWay.get(this);
      if (shared) return shared;
      const joining = join
        .call(this)
        .then(
          () => void failed.delete(this),
          (error: unknown) => {
            failed.add(this);
            throw error;
          },
        )
        .finally(() => underWay.delete(this));
      underWay.set(this, joining);
      return joining;
    };
  });
  wrapMethod<Fetch>('consumer/consumerGroup', 'fetch', (fetch) => {
    return async function (nodeId) {
      if (failed.has(this)) throw new KafkaJSProtocolError(REJOIN);
      return fetch.call(this, nodeId);
    };
  });
}
