import { inShares, merged, partOf } from './decide/shared-produce.ts';
import type { Answer, Produce } from './decide/shared-produce.ts';
import { internalModule } from './internals.ts';

type Send = (request: Produce) => Promise<Answer>;

interface Response {
  parse: (answer: Answer) => Promise<Answer>;
}

interface Waiting {
  readonly request: Produce;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * kafkajs 2.2.4 makes a request of every send. With one partition a send, a few records for each of
 * twelve partitions cost twelve requests, and the sockets and the broker are busy with little else.
 * So what is sent to a broker in one turn of the event loop shares a request, and each send gets
 * its own part of the answer: an error of one is not an error of all.
 */
export function patchProduce(): void {
  // Every later version takes its own from this one.
  const response = internalModule<Response>('protocol/requests/produce/v3/response');
  const throwFirstError = response.parse;
  response.parse = (answer) => Promise.resolve(answer);
  const { prototype } = internalModule<{ prototype: { produce: Send } }>('broker');
  const { produce } = prototype;
  const waiting = new WeakMap<object, Waiting[]>();
  prototype.produce = function (this: object, request) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    let all = waiting.get(this);
    if (!all) {
      const begun: Waiting[] = (all = []);
      waiting.set(this, begun);
      // After every promise of this turn.
      process.nextTick(() => {
        waiting.delete(this);
        for (const share of inShares(begun)) sendShare(share, (one) => produce.call(this, one));
      });
    }
    all.push({ request, resolve, reject });
    return promise.then(throwFirstError);
  };
}

function sendShare([first, ...others]: readonly [Waiting, ...Waiting[]], send: Send): void {
  const share = [first, ...others];
  send(merged([first.request, ...others.map(({ request }) => request)])).then(
    (answer) => share.forEach(({ request, resolve }) => resolve(partOf(answer, request))),
    (error: unknown) => share.forEach(({ reject }) => reject(error)),
  );
}
