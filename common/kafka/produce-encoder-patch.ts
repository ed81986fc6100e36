import { encodeProduce } from './decide/encode-produce.ts';
import type { ProduceToEncode } from './decide/encode-produce.ts';
import { encoded, replaceInternalModule } from './internals.ts';

const PRODUCE = 0;

/**
 * kafkajs 2.2.4 makes a buffer of zeros for each part of a produce request, copies each into the
 * next one, and sums up every byte in JavaScript: most of what it costs to send many small records,
 * and more in the collection of garbage. Here it is written once.
 */
export function patchProduceEncoder(): void {
  // Every later version takes its own from this one, the fifth and those after it by way of that.
  replaceInternalModule(
    'protocol/requests/produce/v3/request',
    'protocol/requests/produce/v5/request',
    (request: ProduceToEncode) => ({
      apiKey: PRODUCE,
      apiVersion: 3,
      apiName: 'Produce',
      expectResponse: () => request.acks !== 0,
      encode: () => Promise.resolve(encoded(encodeProduce(request, Date.now()))),
    }),
  );
}
