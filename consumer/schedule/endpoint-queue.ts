import type { Endpoint } from '../endpoint/endpoint.ts';
import type { LogLane } from './lane-share.ts';
import { Fifo } from '../../common/base/fifo.ts';
import { isRetry } from './delivery-task.ts';
import type { DeliveryTask } from './delivery-task.ts';

/** Deliveries that wait for one endpoint in this process. */
export class EndpointQueue {
  readonly endpoint: Endpoint;
  /** Number of deliveries in the scheduler's heap that are not due yet. */
  notDueCount = 0;
  /** Time since which something has been waiting without a break, in ms. */
  waitingSinceMs = 0;
  /** Requests under way of the bulk lane. */
  bulkInFlight = 0;
  private readonly lanes = { live: new LaneQueue(), bulk: new LaneQueue() } as const;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  /** Ready to be sent. */
  get length(): number {
    return this.lanes.live.length + this.lanes.bulk.length;
  }

  lengthOf(lane: LogLane): number {
    return this.lanes[lane].length;
  }

  push(task: DeliveryTask): void {
    if (this.length === 0) this.waitingSinceMs = Date.now();
    this.lineOf(task).push(task);
  }

  /** Puts a delivery back before all others of its kind, because it had its turn already. */
  putBack(task: DeliveryTask): void {
    this.lineOf(task).unshift(task);
  }

  /** Line from which the next delivery of a lane is taken; null: none may start. */
  nextLine(lane: LogLane, mayRetry: boolean): Fifo<DeliveryTask> | null {
    return this.lanes[lane].nextLine(mayRetry);
  }

  /** Takes out everything of which `isWanted` says no. */
  sift(isWanted: (task: DeliveryTask) => boolean): readonly DeliveryTask[] {
    const { live, bulk } = this.lanes;
    return [...live.lines, ...bulk.lines].flatMap((line) => sift(line, isWanted));
  }

  private lineOf(task: DeliveryTask): Fifo<DeliveryTask> {
    const { firstAttempts, retries } = this.lanes[task.logLane];
    return isRetry(task) ? retries : firstAttempts;
  }
}

/** Deliveries that wait in one lane. */
class LaneQueue {
  readonly firstAttempts = new Fifo<DeliveryTask>();
  readonly retries = new Fifo<DeliveryTask>();
  readonly lines = [this.firstAttempts, this.retries] as const;
  private isRetryTurn = false;

  get length(): number {
    return this.firstAttempts.length + this.retries.length;
  }

  /** Retries and first attempts take turns; without a right to retry, first attempts alone. */
  nextLine(mayRetry: boolean): Fifo<DeliveryTask> | null {
    const { firstAttempts, retries } = this;
    const canRetry = mayRetry && retries.length > 0;
    if (firstAttempts.length === 0) return canRetry ? retries : null;
    this.isRetryTurn = canRetry && !this.isRetryTurn;
    return this.isRetryTurn ? retries : firstAttempts;
  }
}

function sift(
  line: Fifo<DeliveryTask>,
  isWanted: (task: DeliveryTask) => boolean,
): readonly DeliveryTask[] {
  const unwanted: DeliveryTask[] = [];
  for (let left = line.length; left > 0; left -= 1) {
    const task = line.shift() as DeliveryTask;
    if (isWanted(task)) line.push(task);
    else unwanted.push(task);
  }
  return unwanted;
}
