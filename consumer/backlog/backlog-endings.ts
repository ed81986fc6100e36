import { messageOf } from '../../common/base/errors.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';
import type { EndpointBacklog } from '../partition/endpoint-backlog.ts';
import { subscriptionOf } from '../endpoint/endpoint-name.ts';
import { whySourceEnded } from '../log/source-ended.ts';
import type { SourceDeps } from '../log/source-ended.ts';
import type { PartitionState } from '../partition/partition-state.ts';
import type { OutcomeWriter } from '../outcome/outcome-writer.ts';

interface Deps extends SourceDeps {
  readonly endpoints: Pick<Endpoints, 'find' | 'lookUp'>;
  readonly recipients: Pick<Recipients, 'beginOf'>;
  readonly outcomeWriter: Pick<OutcomeWriter, 'cancelLeft'>;
  /** Lets go of what an endpoint has in memory, and is not under way. */
  readonly detach: (root: PartitionState, endpoint: string) => void;
  readonly logger: Logger;
}

/**
 * How long cursors without a subscription are kept, in ms. A subscription is written after its
 * cursors, and the console gives a creation up after a minute.
 */
const UNKNOWN_MS = 5 * 60_000;

/** Deliveries that are left behind and that nobody wants any more. */
interface Ending {
  /** Records before this offset are not sent. */
  readonly to: number;
  readonly reason: string;
  /** The endpoint has nothing in the log beyond, either. */
  readonly isLast: boolean;
}

/**
 * Ends what backlogs have left for nobody: of subscriptions and of sources that were deleted, and
 * what lies before the place where an endpoint was enabled from. One line in the log of attempts
 * tells how many deliveries that were, as there may be millions of them.
 */
export class BacklogEndings {
  private readonly deps: Deps;
  private readonly settling = new WeakSet<EndpointBacklog>();
  private readonly unknownSinceMs = new Map<string, number>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /**
   * Ends a backlog that nobody wants. Call about once a second, and when a subscription or a source
   * has changed.
   */
  check(backlog: EndpointBacklog, nowMs: number): void {
    if (backlog.isRead || this.settling.has(backlog)) return;
    const ending = this.endingOf(backlog, nowMs);
    if (ending === null || !isDue(backlog, ending)) return;
    const { root, endpoint } = backlog;
    this.deps.detach(root, endpoint);
    const now = root.backlogs.get(endpoint) as EndpointBacklog;
    this.settling.add(now);
    void this.settle(now, ending);
  }

  private endingOf(backlog: EndpointBacklog, nowMs: number): Ending | null {
    const { endpoint: name, root } = backlog;
    const ended = whySourceEnded(this.deps, root);
    if (ended !== null) return { to: root.tracker.position, reason: ended, isLast: true };
    const endpoint = this.deps.endpoints.find(subscriptionOf(name));
    if (!endpoint && !this.isUnknownForLong(name, nowMs)) return null;
    if (!endpoint || endpoint.settings.state === 'deleted') {
      const reason = endpoint ? 'its subscription was deleted' : `there is no subscription ${name}`;
      return { to: root.tracker.position, reason, isLast: true };
    }
    this.unknownSinceMs.delete(name);
    const to = this.deps.recipients.beginOf(name, root);
    return { to, reason: 'its endpoint was enabled from a later place on', isLast: false };
  }

  private isUnknownForLong(name: string, nowMs: number): boolean {
    const sinceMs = this.unknownSinceMs.get(name) ?? nowMs;
    this.unknownSinceMs.set(name, sinceMs);
    this.deps.endpoints.lookUp(name).catch((error: unknown) => {
      this.deps.logger.debug({ err: messageOf(error) }, 'subscription.not-looked-up');
    });
    return nowMs - sinceMs > UNKNOWN_MS;
  }

  /** The line first: were it missing, nothing would tell what became of them. */
  private async settle(backlog: EndpointBacklog, { to, reason, isLast }: Ending): Promise<void> {
    const { endpoint, root, position } = backlog;
    const { topic, partition } = root;
    const count = backlog.countBefore(to);
    try {
      const left = { endpoint, topic, partition, from: position, to, count, reason };
      if (count > 0) await this.deps.outcomeWriter.cancelLeft(left);
      this.deps.logger.info(left, 'deliveries.cancelled');
      if (!root.isOurs || root.backlogs.get(endpoint) !== backlog) return;
      backlog.skipTo(isLast ? root.tracker.position : to);
      if (isLast) backlog.attach();
    } catch (error) {
      this.deps.logger.info(
        { topic, partition, endpoint, err: messageOf(error) },
        'left.unsettled',
      );
    } finally {
      this.settling.delete(backlog);
    }
  }
}

function isDue(backlog: EndpointBacklog, { to, isLast }: Ending): boolean {
  if (isLast || backlog.position < to) return true;
  return backlog.unfinished().some(({ offset, held }) => offset < to && !held?.isStarted);
}
