import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';
import { HELD_UP_MS, causesOf, isClosedForLong } from './detach-policy.ts';
import type { Tracked } from '../partition/offset-tracker.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import { subscriptionOf } from '../endpoint/endpoint-name.ts';
import type { PartitionState } from '../partition/partition-state.ts';

interface Deps {
  readonly endpoints: Pick<Endpoints, 'find' | 'hasNeighbours' | 'underWay'>;
  readonly scheduler: Scheduler;
  readonly detach: (root: PartitionState, endpoint: string) => void;
}

/** A closed endpoint may have so many of a backlog in memory: some were read for its probes. */
const PROBES_MAX = 50;

/** Finds the endpoints that hold up the others of a partition, and has them detached. */
export class DetachWatch {
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Detaches the endpoints that hold others up. Call about once a second. */
  look(roots: readonly PartitionState[], nowMs: number): void {
    const closed = this.closedForLong(nowMs);
    for (const root of roots) {
      if (closed.size > 0) this.detachClosed(root, closed);
      if (root.pausedAtMs !== null) this.detachCauses(root, nowMs - root.pausedAtMs);
      this.detachHoldingUp(root, nowMs);
    }
  }

  /** Endpoints that take nothing for a while and for which something has waited. */
  private closedForLong(nowMs: number): ReadonlySet<string> {
    const names = new Set<string>();
    for (const endpoint of this.deps.scheduler.waitingEndpoints()) {
      const waitingMs = nowMs - (this.deps.scheduler.waitingSinceMs(endpoint) ?? nowMs);
      if (!isClosedForLong(endpoint.isClosedAt(nowMs), waitingMs)) continue;
      names.add(endpoint.settings.id ?? DEFAULT_ENDPOINT_ID);
    }
    return names;
  }

  private detachClosed(root: PartitionState, closed: ReadonlySet<string>): void {
    const isWaiting = ({ held }: Tracked) => held?.isStarted === false;
    const names = new Set<string>();
    for (const tracked of root.tracker.unfinished()) {
      const { endpoint } = tracked;
      if (endpoint !== undefined && closed.has(endpoint) && isWaiting(tracked)) names.add(endpoint);
    }
    for (const [name, backlog] of root.backlogs) {
      if (!closed.has(name) || backlog.openRecords <= PROBES_MAX) continue;
      if (backlog.unfinished().filter(isWaiting).length > PROBES_MAX) names.add(name);
    }
    for (const name of names) this.deps.detach(root, name);
  }

  /**
   * Detaches the endpoints that keep events unfinished, although others have had their deliveries
   * long ago.
   */
  private detachHoldingUp(root: PartitionState, nowMs: number): void {
    const { endpoints, scheduler } = this.deps;
    const parts = root.tracker.openPartsBefore(nowMs - HELD_UP_MS);
    if (parts.length === 0) return;
    const slow = new Set(
      endpoints.underWay(HELD_UP_MS).map(({ request }) => request.delivery?.subscription),
    );
    const names = new Set<string>();
    for (const { endpoint: name = '', held } of parts) {
      const endpoint = names.has(name) ? null : endpoints.find(subscriptionOf(name));
      if (!endpoint || !held) continue;
      if (held.isStarted ? slow.has(name) : !scheduler.waitsForPlace(endpoint)) names.add(name);
    }
    for (const name of names) this.deps.detach(root, name);
  }

  private detachCauses(root: PartitionState, pausedMs: number): void {
    const counts = new Map<string, number>();
    for (const { endpoint } of root.tracker.unfinished()) {
      if (endpoint !== undefined) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
    }
    for (const cause of causesOf(pausedMs, counts, this.deps.scheduler.isIdle)) {
      const endpoint = this.deps.endpoints.find(subscriptionOf(cause));
      // Alone, it is better to stop reading than to read everything twice.
      if (endpoint && this.deps.endpoints.hasNeighbours(endpoint)) this.deps.detach(root, cause);
    }
  }
}
