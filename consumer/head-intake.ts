import { retryWhile } from '../common/base/retry.ts';
import { isMalformed, parseDelivery } from '../common/model/delivery.ts';
import type { LogRecord, PackedRecord } from '../common/kafka/log-record.ts';
import { DEFAULT_ENDPOINT_ID } from '../common/subscriptions/default-endpoint.ts';
import { addressedTo, endpointOf, isFanOut } from '../common/subscriptions/fan-out.ts';
import type { Sources } from '../common/sources/sources.ts';
import type { Recipients } from '../common/subscriptions/fan-out.ts';
import { refusingLocked, whyErased } from '../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../common/user-keys/body-keys.ts';
import type { PackedBatch } from '../common/kafka/ports.ts';
import type { Endpoints } from './endpoint/endpoints.ts';
import type { Backlogs } from './backlog/backlogs.ts';
import type { Tracked } from './partition/offset-tracker.ts';
import type { DeliveryLoop } from './delivery-loop.ts';
import { subscriptionOf } from './endpoint/endpoint-name.ts';
import type { LogHistory } from './log/log-history.ts';
import type { FlowControl } from './partition/flow-control.ts';
import type { PartitionState } from './partition/partition-state.ts';
import { unpack } from '../common/kafka/protocol/decode-records.ts';

interface Deps {
  readonly sources: Pick<Sources, 'read' | 'isReadable' | 'settle'>;
  readonly logs: Pick<LogHistory, 'isOfOtherSource'>;
  readonly bodyKeys: Pick<BodyKeys, 'stateOf' | 'settle'>;
  readonly recipients: Recipients;
  readonly endpoints: Pick<Endpoints, 'find'>;
  readonly backlogs: Backlogs;
  readonly deliveryLoop: Pick<DeliveryLoop, 'receive' | 'cancelEvent'>;
  readonly flowControl: Pick<
    FlowControl,
    'balance' | 'isFull' | 'fetched' | 'takeFetched' | 'putBack'
  >;
}

/** Kafka does not say which keys there are, or the registry what a schema is. */
const ASK_AGAIN_MS = 500;

/**
 * Makes deliveries of what the group reads, at the head of the log: there are all endpoints that
 * keep up.
 */
export class HeadIntake {
  private readonly deps: Deps;
  /** Partitions whose next record cannot be read yet: its schema is not known, or its key. */
  private readonly awaiting = new Set<PartitionState>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Takes what was fetched, as far as there is room for it. */
  fetched(
    home: PartitionState,
    { records, readTo }: Pick<PackedBatch, 'records' | 'readTo'>,
  ): void {
    if (this.isLeft(home)) return;
    home.fetchedTo = readTo;
    const { flowControl } = this.deps;
    for (const record of records) {
      const mustWait = home.fetched.length > 0 || flowControl.isFull(home);
      if (mustWait || !this.take(home, record)) flowControl.fetched(home, record);
    }
    this.took(home);
  }

  /** Goes on with what was fetched before: there is room again. */
  goOn(home: PartitionState): void {
    if (this.awaiting.has(home) || this.isLeft(home)) return;
    const { flowControl } = this.deps;
    while (!flowControl.isFull(home)) {
      const next = flowControl.takeFetched(home);
      if (!next) break;
      if (!this.take(home, next)) {
        flowControl.putBack(home, next);
        break;
      }
    }
    // The partition is not fetched further, but its records are not held up either.
    home.paused(Date.now());
    this.took(home);
  }

  /**
   * Whether a partition waits to be begun anew, as its source was made again: who begins it reads
   * there what would be taken here. The lives of a source never come back, so nothing is passed
   * over for a moment only.
   */
  private isLeft({ topic, topicId }: PartitionState): boolean {
    return this.deps.logs.isOfOtherSource(topic, topicId);
  }

  private took(home: PartitionState): void {
    if (home.fetched.length === 0) home.tracker.skipTo(home.fetchedTo);
    home.changed();
    this.deps.flowControl.balance(home);
    this.deps.backlogs.wakeIn(home);
  }

  /** @returns false: the record has to wait until it can be read, and what follows for it */
  private take(home: PartitionState, packed: PackedRecord): boolean {
    const { bodyKeys, sources } = this.deps;
    const { tracker } = home;
    if (!tracker.wants(packed.offset)) return tracker.receive(packed.offset) === null;
    const raw = unpack(packed, home.topic, home.partition);
    if (!sources.isReadable(raw)) return this.waitFor(home, () => sources.settle([raw]));
    const read = sources.read(raw);
    if (read !== null && bodyKeys.stateOf(read) === 'unknown') {
      return this.waitFor(home, () => bodyKeys.settle([read]));
    }
    const record = read && refusingLocked(read, bodyKeys);
    const tracked = tracker.receive(packed.offset);
    if (!tracked) return true;
    if (record === null) home.pass(tracked);
    else this.takeRecord(home, tracked, record);
    return true;
  }

  /** Goes on once what a record needs is known: later records must not overtake it. */
  private waitFor(home: PartitionState, settle: () => Promise<void>): false {
    this.awaiting.add(home);
    const isWanted = () => home.isOurs;
    void retryWhile(isWanted, settle, { pauseMs: ASK_AGAIN_MS, onFailure: () => {} }).then(() => {
      this.awaiting.delete(home);
      if (home.isOurs) this.goOn(home);
    });
    return false;
  }

  private takeRecord(home: PartitionState, tracked: Tracked, record: LogRecord): void {
    const { recipients, backlogs, deliveryLoop } = this.deps;
    const isEvent = isFanOut(record);
    // Whatever is wrong with an event is said once, and not to each subscription.
    const isBad =
      record.undecodable !== undefined || (isEvent && isMalformed(parseDelivery(record)));
    if (isBad) return deliveryLoop.receive(home, tracked, record);
    if (isEvent) return this.takeEvent(home, tracked, record);
    const name = endpointOf(record);
    tracked.endpoint = name;
    const isForIt = recipients.isFor(name, record);
    const isTaken = !isForIt || backlogs.takes(home, name, record, tracked);
    if (isTaken || home.delivered.has(record.offset, name)) home.pass(tracked);
    else deliveryLoop.receive(home, tracked, record);
  }

  private takeEvent(home: PartitionState, tracked: Tracked, record: LogRecord): void {
    const { recipients, backlogs, deliveryLoop, endpoints } = this.deps;
    // A backlog counts the records that it reads itself.
    const onLeftOut = (name: string) => {
      const isRead = home.backlogs.get(name)?.covers(record.offset) ?? false;
      if (!isRead) recipients.filteredCounts.count(name);
    };
    const own = recipients
      .of(record, onLeftOut)
      .filter((name) => !backlogs.takes(home, name, record, tracked));
    const isMade = (name: string) => home.delivered.has(record.offset, name);
    const { open, cancelled } = this.knownTakers(
      record,
      own.filter((name) => !isMade(name)),
    );
    if (open.length === 0) return home.pass(tracked);
    const nowMs = Date.now();
    const closed: string[] = [];
    for (const part of home.tracker.split(tracked, open, own.filter(isMade), nowMs)) {
      const name = part.endpoint as string;
      if (name === cancelled?.name) deliveryLoop.cancelEvent(home, part, record, cancelled.reason);
      else if (endpoints.find(subscriptionOf(name))?.isClosedAt(nowMs)) closed.push(name);
      else deliveryLoop.receive(home, part, addressedTo(name, record));
    }
    // These endpoints would only hold up the event until they are detached for being closed. They
    // are detached after the others have their deliveries: a detach makes room, and the next record
    // may be taken at once.
    for (const name of closed) backlogs.detach(home, name);
  }

  /**
   * The takers of an event. Once its body is erased, nobody can tell whose filters would have taken
   * it: a line for each would tell most of them of a delivery that they were never to get. The
   * event is cancelled once instead, under its own id, as the endpoint of WEBHOOK_URL has it.
   */
  private knownTakers(event: LogRecord, takers: readonly string[]) {
    const { recipients, bodyKeys } = this.deps;
    const erased = whyErased(event, bodyKeys);
    const open = erased === null ? takers : takers.filter((name) => !recipients.hasFilter(name));
    const unsure = takers.length - open.length;
    const name = DEFAULT_ENDPOINT_ID;
    if (unsure === 0 || recipients.isFor(name, event)) return { open, cancelled: null };
    const reason = `${erased}; subscriptions whose filters may have taken the event: ${unsure}`;
    return { open: [...open, name], cancelled: { name, reason } };
  }
}
