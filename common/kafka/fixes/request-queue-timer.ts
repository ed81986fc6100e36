import { wrapMethod } from '../internals.ts';

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<number, SocketRequest>;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  requestTimeoutIntervalId: NodeJS.Timeout | null;
  isConnected(): boolean;
  destroy(): void;
}

interface SocketRequest {
  readonly sentAt: number;
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

type Schedule = (this: RequestQueue) => void;

/** Timeouts are of many seconds. */
const CHECK_INTERVAL_MS = 1_000;

/**
 * kafkajs 2.2.4 sets a timer with a negative delay after every response, which costs a timer
 * and a TimeoutNegativeWarning each (tulios/kafkajs#1751). The timer serves only requests that
 * wait for a throttle or a free slot, so without a waiting request there is nothing to set.
 *
 * It also looks for late answers ten times a second on each connection, of which a process has a
 * dozen: most of what a process does while nothing happens.
 */
export function fixRequestQueueTimer(): void {
  wrapMethod<Schedule>('network/requestQueue', 'scheduleCheckPendingRequests', (schedule) => {
    return function () {
      if (this.pending.length > 0) schedule.call(this);
    };
  });
  wrapMethod<Schedule>('network/requestQueue', 'scheduleRequestTimeoutCheck', () => {
    return function () {
      if (!this.enforceRequestTimeout) return;
      this.destroy();
      const check = () => {
        const nowMs = Date.now();
        for (const request of [...this.inflight.values()]) {
          if (nowMs - request.sentAt > request.requestTimeout) request.timeoutRequest();
        }
        if (!this.isConnected()) this.destroy();
      };
      const intervalMs = Math.min(this.requestTimeout, CHECK_INTERVAL_MS);
      this.requestTimeoutIntervalId = setInterval(check, intervalMs);
    };
  });
}
