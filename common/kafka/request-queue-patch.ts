import { internalModule } from './internals.ts';

interface RequestQueue {
  pending: unknown[];
  scheduleCheckPendingRequests(): void;
}

/**
 * kafkajs 2.2.4 sets a timer with a negative delay after every response, which costs a timer
 * and a TimeoutNegativeWarning each (tulios/kafkajs#1751). The timer serves only requests that
 * wait for a throttle or a free slot, so without a waiting request there is nothing to set.
 */
export function patchRequestQueue(): void {
  const { prototype } = internalModule<{ prototype: RequestQueue }>('network/requestQueue');
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}
