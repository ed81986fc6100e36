import type { PackedRecord } from '../log-record.ts';

/** Answer of a fetch for a partition, not yet unpacked. */
export interface PackedRead {
  /** The offset that was asked for. */
  readonly from: number;
  readonly records: readonly PackedRecord[];
  readonly readTo: number;
  readonly low: number;
}

interface Kept {
  readonly read: PackedRead;
  readonly bytes: number;
  usedAtMs: number;
}

/** All that is kept may hold so many bytes; without it, every piece would fetch its batch anew. */
const BYTES_MAX = 32 * 1024 ** 2;
/** Approximate size of a packed record beside its batch. */
const RECORD_BYTES = 100;
/** Reads that nobody has asked for again by then are forgotten. */
export const KEPT_MS = 2_000;

/**
 * Keeps what was fetched last of a partition for those who take it in pieces: a batch of another
 * program's may hold ten thousand records, and a reader with room for a few hundred would fetch and
 * decompress it for each of its pieces.
 */
export class KeptReads {
  private readonly byPlace = new Map<string, Kept>();
  private bytes = 0;

  /** @returns what is kept and has something at the offset; null: nothing */
  at(place: string, offset: number, nowMs: number): PackedRead | null {
    this.forgetUnused(nowMs);
    const kept = this.byPlace.get(place);
    if (!kept || offset < kept.read.from || offset >= kept.read.readTo) return null;
    kept.usedAtMs = nowMs;
    return kept.read;
  }

  /** Replaces what was kept of the place. What fits in no room at all is not kept. */
  keep(place: string, read: PackedRead, nowMs: number): void {
    this.forget(place);
    const bytes = bytesOf(read);
    if (bytes > BYTES_MAX) return;
    while (this.bytes + bytes > BYTES_MAX) this.forget(this.leastUsed());
    this.byPlace.set(place, { read, bytes, usedAtMs: nowMs });
    this.bytes += bytes;
  }

  forgetUnused(nowMs: number): void {
    for (const [place, { usedAtMs }] of this.byPlace) {
      if (nowMs - usedAtMs >= KEPT_MS) this.forget(place);
    }
  }

  get isEmpty(): boolean {
    return this.byPlace.size === 0;
  }

  private forget(place: string): void {
    this.bytes -= this.byPlace.get(place)?.bytes ?? 0;
    this.byPlace.delete(place);
  }

  private leastUsed(): string {
    const all = [...this.byPlace].sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs);
    return all[0]?.[0] ?? '';
  }
}

/** A piece of what was fetched. @param recordsMax how many records it may have, at least one */
export function pieceOf(read: PackedRead, offset: number, recordsMax: number) {
  const begin = indexOf(read.records, offset);
  const records = read.records.slice(begin, begin + recordsMax);
  return { records, readTo: read.records[begin + recordsMax]?.offset ?? read.readTo };
}

/** Returns the index of the first record at or after an offset. */
export function indexOf(records: readonly { readonly offset: number }[], offset: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((records[middle]?.offset ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bytesOf({ records }: PackedRead): number {
  const batches = new Set(records.map(({ batch }) => batch));
  let bytes = records.length * RECORD_BYTES;
  for (const { length } of batches) bytes += length;
  return bytes;
}
