import { pause } from '../../common/base/retry.ts';
import { isMalformed, parseDelivery } from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { addressedTo, endpointOf, isFanOut } from '../../common/subscriptions/fan-out.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';
import { messageOf } from '../../common/base/errors.ts';
import { indexOf } from '../../common/kafka/consume/kept-reads.ts';
import type {
  PartitionRead,
  PartitionReader,
} from '../../common/kafka/consume/partition-reader.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { EndpointBacklog } from '../partition/endpoint-backlog.ts';
import type { PartitionState } from '../partition/partition-state.ts';

interface Deps {
  readonly reader: PartitionReader;
  readonly recipients: Recipients;
  /** Whether the endpoint can take something of it, and there is room for that. */
  readonly isWanted: (backlog: EndpointBacklog) => boolean;
  /** Whether one more of it may be read into memory. */
  readonly hasRoom: (backlog: EndpointBacklog) => boolean;
  readonly receive: (backlog: EndpointBacklog, record: LogRecord) => void;
  /** All of it up to the head is read. */
  readonly caughtUp: (backlog: EndpointBacklog) => void;
  /** Retention has taken what was not yet delivered. */
  readonly cut: (backlog: EndpointBacklog, low: number) => void;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** Bytes that one fetch brings. */
const READ_BYTES = 256 * 1024;
/** Records that are made of them at a time: a backlog often has room for a few hundred. */
const READ_RECORDS = 250;
const FAILED_PAUSE_MS = 500;

/** A part of the log, from an offset on. */
interface Stretch extends PartitionRead {
  readonly from: number;
}

/**
 * Reads what the head of a partition has passed over, for all endpoints that are behind there: from
 * the lowest cursor of those that can take something, and for all of them in one pass.
 */
export class BacklogReader {
  private readonly deps: Deps;
  private readonly root: PartitionState;
  private isRunning = false;
  private isWoken = false;
  private isClosed = false;
  /** The last one read: a few records at a time are taken from it. */
  private stretch: Stretch | null = null;

  constructor(deps: Deps, root: PartitionState) {
    this.deps = deps;
    this.root = root;
  }

  /** Something may be wanted. */
  wake(): void {
    this.isWoken = true;
    if (this.isRunning || this.isClosed) return;
    this.isRunning = true;
    // The reader runs once the present turn of the event loop is over, so that many calls cost one
    // run.
    Promise.resolve()
      .then(() => this.run())
      .catch(this.deps.onFatal);
  }

  close(): void {
    this.isClosed = true;
    this.stretch = null;
  }

  private async run(): Promise<void> {
    while (this.isWoken && !this.isClosed && this.root.isOurs) {
      this.isWoken = false;
      for (let wanted = this.wanted(); wanted.length > 0; wanted = this.wanted()) {
        const at = Math.min(...wanted.map(({ position }) => position));
        const stretch = await this.stretchAt(at);
        if (this.isClosed || !this.root.isOurs) return;
        if (!stretch) continue;
        if (stretch.low > at) this.cutOff(stretch.low);
        else if (stretch.readTo === at) break;
        else this.take(stretch, at);
      }
    }
    this.stretch = null;
    this.isRunning = false;
  }

  /**
   * Returns the backlogs that can be read further now, after reporting those that have come up to
   * the head.
   */
  private wanted(): readonly EndpointBacklog[] {
    const all = [...this.root.backlogs.values()].filter((one) => !one.isRead);
    for (const one of all) {
      if (one.position >= this.head) this.deps.caughtUp(one);
    }
    return all.filter((one) => one.position < this.head && this.deps.isWanted(one));
  }

  private get head(): number {
    return this.root.tracker.position;
  }

  private async stretchAt(at: number): Promise<Stretch | null> {
    const { stretch: last } = this;
    if (last && last.from <= at && at < last.readTo) return last;
    const { topic, partition, topicId: logId } = this.root;
    try {
      const read = await this.deps.reader.read({
        logId,
        ...{ topic, partition, offset: at, maxBytes: READ_BYTES, recordsMax: READ_RECORDS },
      });
      return (this.stretch = { ...read, from: at });
    } catch (error) {
      this.deps.logger.info({ topic, partition, err: messageOf(error) }, 'backlog.not-read');
      await pause(FAILED_PAUSE_MS);
      return null;
    }
  }

  private take({ records, readTo }: Stretch, at: number): void {
    // The backlogs may have changed during the read; a backlog that is not yet at this offset stays
    // where it is.
    const open = new Map(
      this.wanted()
        .filter(({ position }) => position >= at)
        .map((one) => [one.endpoint, one]),
    );
    for (let index = indexOf(records, at); index < records.length && open.size > 0; index += 1) {
      const record = records[index] as LogRecord;
      const isEvent = isFanOut(record);
      // Errors of an event were reported once, at the head.
      if (record.undecodable || (isEvent && isMalformed(parseDelivery(record)))) continue;
      // All that are behind have to be asked of an event.
      const names = isEvent ? [...open.keys()] : [endpointOf(record)];
      for (const name of names) {
        const one = open.get(name);
        // Records that this backlog has passed, or has not come to, are not its own.
        const isItsOwn = one && record.offset >= one.position && record.offset < this.head;
        const { recipients } = this.deps;
        if (!isItsOwn || !recipients.isFor(name, record, recipients.filteredCounts.count)) continue;
        if (!this.takeOne(one, record)) open.delete(name);
      }
    }
    for (const one of open.values()) {
      one.tracker.skipTo(Math.min(readTo, this.head));
    }
  }

  /** @returns false: there is no room for more of it */
  private takeOne(one: EndpointBacklog, record: LogRecord): boolean {
    if (!this.deps.hasRoom(one)) {
      one.tracker.skipTo(record.offset);
      return false;
    }
    this.deps.receive(one, isFanOut(record) ? addressedTo(one.endpoint, record) : record);
    return true;
  }

  private cutOff(low: number): void {
    for (const one of this.root.backlogs.values()) {
      if (one.position < low) this.deps.cut(one, low);
    }
  }
}
