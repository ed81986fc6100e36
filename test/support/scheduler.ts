import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Endpoint } from '../../consumer/endpoint/endpoint.ts';
import type { SendResult } from '../../common/send/send-request.ts';
import { LaneShare } from '../../consumer/schedule/lane-share.ts';
import type { LogLane } from '../../consumer/schedule/lane-share.ts';
import { Scheduler } from '../../consumer/schedule/scheduler.ts';
import { PartitionState } from '../../consumer/partition/partition-state.ts';
import type { DeliveryTask } from '../../consumer/schedule/delivery-task.ts';

export const HOUR_MS = 3_600_000;

interface Given {
  readonly home?: PartitionState;
  readonly endpoint?: Endpoint;
  readonly key?: string;
  readonly attempt?: number;
  readonly dueAtMs?: number;
  readonly isInLane?: boolean;
  readonly logLane?: LogLane;
}

/** A scheduler whose every call is noted; requests end when the test says so. */
export function aScheduler(t: TestContext, concurrency = 4, hasNeighbours = true) {
  const started: DeliveryTask[] = [];
  const dropped: number[] = [];
  const cancelled: number[] = [];
  const cancelledIds = new Set<string>();
  const offsetOf = ({ tracked }: DeliveryTask) => tracked.offset;
  const share = new LaneShare();
  const scheduler = new Scheduler({
    concurrency,
    hasNeighbours: () => hasNeighbours,
    share,
    mayStart: () => true,
    pull: () => started.push(...scheduler.startable()),
    drop: (work) => dropped.push(offsetOf(work)),
    whyCancelled: ({ id }) => (cancelledIds.has(id) ? 'its file was cancelled' : null),
    cancel: (work) => cancelled.push(offsetOf(work)),
  });
  t.after(() => scheduler.close());
  const anEndpoint = (id: string, state: 'enabled' | 'disabled' = 'enabled') => {
    const sender = { send: () => new Promise<SendResult>(() => {}), close: async () => {} };
    const deps = { sender, userAgent: 'test', onReady: (one: Endpoint) => scheduler.wake(one) };
    const settings = { id, origin: 'http://127.0.0.1:1', path: '/', keys: [], headers: [] };
    const more = { state, isKeyOrdered: false, ratePerSecond: null, resumedAtMs: 0 };
    const endpoint = new Endpoint(deps, { ...settings, ...more });
    t.after(() => endpoint.close());
    return endpoint;
  };
  const standard = anEndpoint('standard');
  const anyHome = new PartitionState('deliveries', 0, 0, null);
  const add = (offset: number, given: Given = {}) => {
    const { home = anyHome, endpoint = standard, key = 'k', attempt = 1 } = given;
    const { dueAtMs = 0, isInLane = false, logLane = 'live' } = given;
    const { topic, partition } = home;
    const at = { topic, partition, offset };
    const record = { ...at, key, value: null, headers: {}, timestampMs: 0 };
    const subscription = endpoint.settings.id;
    const delivery = { id: `${offset}`, key, subscription, body: Buffer.alloc(0) };
    scheduler.add({
      delivery: { ...delivery, attempt, dueAtMs, record },
      tracked: { offset, isDone: false },
      bytes: 0,
      ...{ home, endpoint, logLane, isInLane, lane: null, isStarted: false, isSlow: false },
    });
  };
  const end = (work: DeliveryTask) => {
    work.endpoint.inFlight -= 1;
    scheduler.ended(work);
  };
  const offsets = async () => {
    await sleep(0);
    return started.map(offsetOf);
  };
  const noted = { started, dropped, cancelled, cancelledIds };
  return { share, scheduler, ...noted, anEndpoint, add, end, offsets };
}
