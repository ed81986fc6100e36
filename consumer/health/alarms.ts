import type { Alarm } from '../../common/model/consumer-state.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';

/** Figures that the engine checks once a second to know whether it works. */
export interface Vitals {
  /**
   * Time for which commits have failed, and the reason of the last failure; null while commits
   * work.
   */
  readonly commitsFailing: { readonly forMs: number; readonly why: string } | null;
  readonly partitions: readonly PartitionVitals[];
  /** Batches that could not be read and are dead-lettered, a line each, from the last minutes. */
  readonly undecodable: readonly string[];
}

export interface PartitionVitals {
  readonly name: string;
  /** Time for which nothing has been fetched, in ms; 0 while records are fetched. */
  readonly pausedMs: number;
  /** Time for which no record has been finished, in ms. */
  readonly idleMs: number;
  /** Records that wait behind one that failed, in key order. */
  readonly heldRecords: number;
  /** The commit's metadata could not name all that is finished. */
  readonly isMapCut: boolean;
  /** The broker's error where it cannot read the partition's log, and for how long so. */
  readonly unreadable?: { readonly error: string; readonly forMs: number } | undefined;
}

/** Longer than a rebalance or the election of a leader takes. */
const COMMITS_FAILING_MS = 20_000;
/** Paused for this long a partition gets nothing new; it may still be a slow receiver. */
const PAUSED_MS = 30_000;
/** Longer than the longest wait for one answer, which may be 120 s. */
const IDLE_MS = 150_000;
/** A broker may answer so for a moment as it starts. */
const UNREADABLE_MS = 5_000;
const NAMES_SHOWN = 5;

/** Returns the alarms that a person should look at; none while all is well. */
export function alarmsOf({ commitsFailing, partitions, undecodable }: Vitals): readonly Alarm[] {
  const alarms: Alarm[] = [];
  const raise = (kind: Alarm['kind'], concerned: readonly PartitionVitals[], what: string) => {
    if (concerned.length === 0) return;
    const shown = concerned.slice(0, NAMES_SHOWN).map(({ name }) => name);
    const more =
      concerned.length > NAMES_SHOWN ? ` and ${concerned.length - NAMES_SHOWN} more` : '';
    alarms.push({ kind, detail: `${shown.join(', ')}${more}: ${what}` });
  };
  if (commitsFailing && commitsFailing.forMs >= COMMITS_FAILING_MS) {
    const { forMs, why } = commitsFailing;
    const detail = `no commit was taken for ${Math.round(forMs / 1_000)} s: ${why}`;
    alarms.push({ kind: 'commits-failing', detail });
  }
  const cut = partitions.filter(({ isMapCut }) => isMapCut);
  raise('offset-map-cut', cut, 'too many gaps to note: a crash would repeat deliveries');
  const paused = partitions.filter(({ pausedMs }) => pausedMs >= PAUSED_MS);
  const isStuck = ({ heldRecords }: PartitionVitals) => heldRecords > 0;
  raise('key-stuck', paused.filter(isStuck), 'failing users hold up all that fits in memory');
  const stalled = paused.filter((one) => !isStuck(one) && one.idleMs >= IDLE_MS);
  raise('partition-stalled', stalled, 'full, and nothing of it is finished');
  const broken = partitions.filter(({ unreadable: one }) => one && one.forMs >= UNREADABLE_MS);
  const error = broken[0]?.unreadable?.error;
  raise('partition-unreadable', broken, `the broker cannot read its own log (${error})`);
  const latest = undecodable.at(-1);
  if (latest !== undefined) {
    const more = undecodable.length > 1 ? `; ${undecodable.length - 1} more before it` : '';
    alarms.push({ kind: 'batch-undecodable', detail: `${latest}${more}` });
  }
  return alarms;
}

/** Names a deliveries topic that has more partitions than the settings ask for. */
export function partitionNotices(
  topic: string,
  { partitions, partitionsBeyondSettings }: TopicWatch,
): readonly Alarm[] {
  if (partitionsBeyondSettings === 0) return [];
  const asked = partitions - partitionsBeyondSettings;
  const detail =
    `${topic} has ${partitions} partitions where PARTITIONS says ${asked}: all of them are ` +
    `delivered, and its retry and dead-letter topics have as many; set PARTITIONS=${partitions}`;
  return [{ kind: 'partitions-followed', detail }];
}
