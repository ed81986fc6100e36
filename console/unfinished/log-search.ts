import { forEachAtOnce } from '../../common/base/for-each-at-once.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';
import type { IdHint } from './delivery-id.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import type { Extent, Searched } from './not-found.ts';
import { firstUnfinished, isFinished } from './positions.ts';
import type { PartitionPosition } from './positions.ts';
import { deliveriesIn } from './queued-delivery.ts';
import type { QueuedDelivery } from './queued-delivery.ts';
import { narrowed, nextProbe, rowsOf } from './row-search.ts';
import type { RowWindow } from './row-search.ts';
import { SearchBudget } from './search-budget.ts';
import type { SearchLimits } from './search-budget.ts';

interface Deps {
  readonly names: Pick<TopicNames, 'deliveries' | 'bulkDeliveries'>;
  readonly reader: Pick<PartitionReader, 'read'>;
  readonly view: Pick<GroupView, 'offsetsAt'>;
  readonly recipients: Pick<Recipients, 'of'>;
  readonly limits: SearchLimits;
}

/** The delivery that is looked for. */
export interface Wanted {
  readonly id: string;
  /** undefined: any; null: that of WEBHOOK_URL. */
  readonly subscription: string | null | undefined;
  readonly hint: IdHint;
  /** The file that the id names: when its reading began and ended, and its rows until now. */
  readonly file: {
    readonly fromMs: number;
    readonly untilMs: number | null;
    readonly rows: number;
  } | null;
}

export interface Found {
  readonly delivery: QueuedDelivery;
  readonly position: PartitionPosition;
}

export interface SearchResult extends Searched {
  readonly found: Found | null;
}

/** Offsets of a partition that are still to be read. */
interface Window {
  readonly position: PartitionPosition;
  next: number;
  end: number;
}

const READ_BYTES = 256 * 1024;
const READS_AT_ONCE = 4;
/** Bytes of a read that only has to tell the rows of one file from those of others. */
const PROBE_BYTES = 32 * 1024;
const PROBE_READS_MAX = 32;
const PROBES_MAX = 24;
/** A clock may have been set between the making of an id and the writing of its record. */
const BEFORE_MS = 1_000;
/** Longer than a producer tries to write a record. */
const AFTER_MS = 30_000;
/**
 * Number of newest offsets of each partition that are searched first: most requests are for a
 * delivery that has just been accepted.
 */
const NEWEST_OFFSETS = 250;

const OTHERS_SHARE = 0.25;

/** Whether an id leads to where it lies, when we have given it. */
function isOfOurs(hint: IdHint, file: Wanted['file']): boolean {
  return hint.kind === 'time' || (hint.kind === 'row' && file !== null);
}

/** Looks for the record of one delivery among those that are not finished, within limits. */
export class LogSearch {
  private readonly deps: Deps;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** @throws BrokerUnavailableError */
  async find(wanted: Wanted, positions: readonly PartitionPosition[]): Promise<SearchResult> {
    const search = new Search(this.deps, wanted, positions);
    const found = await search.run();
    const { budget, extent } = search;
    return { found, extent, records: budget.records };
  }
}

class Search {
  readonly budget: SearchBudget;
  extent: Extent = 'part';
  private readonly deps: Deps;
  private readonly wanted: Wanted;
  private readonly positions: readonly PartitionPosition[];

  constructor(deps: Deps, wanted: Wanted, positions: readonly PartitionPosition[]) {
    this.deps = deps;
    this.budget = new SearchBudget(deps.limits);
    this.wanted = wanted;
    this.positions = positions;
  }

  async run(): Promise<Found | null> {
    const { hint, file } = this.wanted;
    if (hint.kind === 'place') return this.atPlace(hint);
    const all = this.unfinished();
    if (all.length > 0) {
      const likely = await this.likelyFirst(hint, file);
      if (likely) return likely;
      if (isOfOurs(hint, file) && !this.budget.isSpent) this.extent = 'likely';
    }
    // Once the likely place of a record of our own has been searched, a short look at the others is
    // enough.
    const budget = this.budget.part(this.extent === 'likely' ? OTHERS_SHARE : 1);
    const found = await this.scan(all, budget);
    if (!budget.isSpent) this.extent = 'all';
    return found;
  }

  /** Looks where such an id leads to: by its time, or by the row that it names. */
  private async likelyFirst(hint: IdHint, file: Wanted['file']): Promise<Found | null> {
    if (hint.kind === 'row' && file) return this.rowOf(hint, file);
    const { deliveries } = this.deps.names;
    if (hint.kind === 'time') {
      const windows = await this.from(deliveries, hint.atMs - BEFORE_MS);
      return this.scan(windows, this.budget, hint.atMs + AFTER_MS);
    }
    return this.newestFirst(deliveries, this.budget.part(0.5));
  }

  /** Looks among the newest records of a topic, then among those before them, and so on. */
  private async newestFirst(topic: string, budget: SearchBudget): Promise<Found | null> {
    const windows = this.unfinished().filter(({ position }) => position.topic === topic);
    let found: Found | null = null;
    for (let [back, seen] = [NEWEST_OFFSETS, 0]; !found && !budget.isSpent; back *= 4) {
      const part = windows.map(({ position, next, end }) => {
        return { position, next: Math.max(next, end - back), end: end - seen };
      });
      if (!part.some(({ next, end }) => next < end)) break;
      found = await this.scan(part, budget);
      seen = back;
    }
    return found;
  }

  /** Returns the unfinished part of each partition. */
  private unfinished(): Window[] {
    const windows = this.positions.map((position) => {
      return { position, next: firstUnfinished(position), end: position.high };
    });
    return windows.filter(({ next, end }) => next < end);
  }

  /** The part of it in one topic that was written at a time or later. */
  private async from(topic: string, atMs: number): Promise<Window[]> {
    const windows = this.unfinished().filter(({ position }) => position.topic === topic);
    if (windows.length === 0) return windows;
    const offsets = await this.deps.view.offsetsAt(topic, atMs);
    for (const window of windows) {
      const offset = offsets.get(window.position.partition) ?? window.next;
      window.next = Math.max(window.next, offset);
    }
    return windows.filter(({ next, end }) => next < end);
  }

  private async atPlace(hint: Extract<IdHint, { kind: 'place' }>): Promise<Found | null> {
    this.extent = 'all';
    const { topic, partition, offset } = hint;
    const position = this.positions.find(
      (one) => one.topic === topic && one.partition === partition,
    );
    if (!position || offset < position.low || offset >= position.high) return null;
    const { records } = await this.deps.reader.read({ topic, partition, offset, maxBytes: 1 });
    this.budget.spend(records.slice(0, 1));
    return this.match(records.slice(0, 1), position);
  }

  /** Searches each partition for a row of a file, as the rows ascend in it. */
  private async rowOf(
    { fileId, row }: Extract<IdHint, { kind: 'row' }>,
    { fromMs, untilMs, rows }: NonNullable<Wanted['file']>,
  ): Promise<Found | null> {
    const { bulkDeliveries } = this.deps.names;
    const ends = untilMs === null ? [] : await this.from(bulkDeliveries, untilMs + AFTER_MS);
    const windows = await this.from(bulkDeliveries, fromMs - BEFORE_MS);
    for (const window of windows) {
      const later = ends.find(({ position }) => position === window.position);
      if (later) window.end = Math.min(window.end, later.next);
    }
    let found: Found | null = null;
    await forEachAtOnce(READS_AT_ONCE, windows, async (window) => {
      if (found) return;
      const here = await this.narrow(window, { fileId, row, rows });
      // Another partition may have had it meanwhile.
      found ??= here;
    });
    return found ?? this.scan(windows, this.budget);
  }

  /** Leaves of a window what is to be read through. @returns the row when it comes upon it */
  private async narrow(
    window: Window,
    { fileId, row, rows: all }: { fileId: string; row: number; rows: number },
  ): Promise<Found | null> {
    const { next, end } = window;
    let left: RowWindow = { next, end, above: 0, below: Math.max(all, row) + 1 };
    for (let step = 0; step < PROBES_MAX && !this.budget.isSpent; step += 1) {
      const probe = nextProbe(left, row, step);
      if (probe === null) break;
      const seen = await this.rowsFrom(window.position, probe, left.end, fileId);
      const { rows, readTo } = seen;
      const first = rows[0];
      // No record up to the end matches: only earlier records can hold the row.
      if (first === undefined && readTo >= left.end) left = { ...left, end: probe };
      else if (first === undefined) break;
      else if (first <= row && row <= (rows.at(-1) as number)) {
        window.next = window.end;
        return this.match(seen.records, window.position);
      } else left = narrowed(left, row, { probe, rows, readTo });
    }
    window.next = left.next;
    window.end = left.end;
    return null;
  }

  /** Reads on from an offset until it sees rows of the file. */
  private async rowsFrom(
    { topic, partition }: PartitionPosition,
    from: number,
    end: number,
    fileId: string,
  ): Promise<{ records: readonly LogRecord[]; rows: readonly number[]; readTo: number }> {
    let offset = from;
    for (let reads = 0; reads < PROBE_READS_MAX && offset < end; reads += 1) {
      const at = { topic, partition, offset, maxBytes: PROBE_BYTES };
      const { records, readTo } = await this.deps.reader.read(at);
      this.budget.spend(records);
      const rows = rowsOf(fileId, records);
      if (rows.length > 0) return { records, rows, readTo };
      if (readTo <= offset || this.budget.isSpent) break;
      offset = readTo;
    }
    return { records: [], rows: [], readTo: offset };
  }

  /**
   * Reads windows side by side until the delivery is found, the budget is spent or they are read.
   *
   * @param untilMs a partition counts as read where a record is later than this
   */
  private async scan(
    windows: readonly Window[],
    budget: SearchBudget,
    untilMs = Infinity,
  ): Promise<Found | null> {
    let open = windows.filter(({ next, end }) => next < end).map((window) => ({ ...window }));
    let found: Found | null = null;
    while (open.length > 0 && !found && !budget.isSpent) {
      await forEachAtOnce(READS_AT_ONCE, open, async (window) => {
        if (found || budget.isSpent) return;
        const { topic, partition } = window.position;
        const at = { topic, partition, offset: window.next, maxBytes: READ_BYTES };
        const { records, readTo } = await this.deps.reader.read(at);
        budget.spend(records);
        found ??= this.match(records, window.position);
        const isPast = (records.at(-1)?.timestampMs ?? 0) > untilMs;
        // The log cannot be read further, or everything of interest has been read.
        window.next = readTo <= window.next || isPast ? window.end : readTo;
      });
      open = open.filter(({ next, end }) => next < end);
    }
    return found;
  }

  private match(records: readonly LogRecord[], position: PartitionPosition): Found | null {
    const { id, subscription } = this.wanted;
    for (const record of records) {
      for (const delivery of deliveriesIn(record, this.deps.recipients, id)) {
        if (delivery.id !== id) continue;
        if (subscription !== undefined && delivery.subscription !== subscription) continue;
        if (!isFinished(record.offset, delivery.endpoint, position)) return { delivery, position };
      }
    }
    return null;
  }
}
