import type { PartitionVitals, Vitals } from './decide/alarms.ts';
import type { PartitionWork } from './partition-work.ts';

interface Seen {
  finishedRecords: number;
  atMs: number;
}

/** Watches, once a second, how the work of each partition goes on. */
export class VitalSigns {
  private readonly seen = new WeakMap<PartitionWork, Seen>();

  take(
    partitions: Iterable<PartitionWork>,
    commitsFailingSinceMs: number | null,
    nowMs: number,
  ): Vitals {
    return {
      commitsFailingMs: commitsFailingSinceMs === null ? 0 : nowMs - commitsFailingSinceMs,
      partitions: [...partitions].map((work) => this.vitalsOf(work, nowMs)),
    };
  }

  private vitalsOf(work: PartitionWork, nowMs: number): PartitionVitals {
    const { name, pausedAtMs, heldRecords, isMapCut, finishedRecords } = work;
    let seen = this.seen.get(work);
    if (!seen || seen.finishedRecords !== finishedRecords) {
      seen = { finishedRecords, atMs: nowMs };
      this.seen.set(work, seen);
    }
    const pausedMs = pausedAtMs === null ? 0 : nowMs - pausedAtMs;
    return { name, pausedMs, idleMs: nowMs - seen.atMs, heldRecords, isMapCut };
  }
}
