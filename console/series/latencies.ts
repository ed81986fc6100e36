/**
 * Latencies counted in buckets whose bounds grow by 10 %, so that a percentile is right to 5 % and
 * the counts of two periods can be added. The key is the number of the bucket.
 *
 * @see https://arxiv.org/abs/1908.10693 (DDSketch), which bounds the relative error in this way
 */
export type Latencies = Map<number, number>;

const GROWTH = Math.log(1.1);
/** Upper bound of the first bucket, in ms. */
const FIRST_MS = 0.1;
/** The last bucket holds everything from an hour on. */
const BUCKET_MAX = 183;

/** Adds one latency. */
export function addLatency(latencies: Latencies, ms: number): void {
  const bucket = bucketOf(ms);
  latencies.set(bucket, (latencies.get(bucket) ?? 0) + 1);
}

/** Adds the counts of `more` to `latencies`. */
export function addLatencies(latencies: Latencies, more: Latencies): void {
  for (const [bucket, count] of more) latencies.set(bucket, (latencies.get(bucket) ?? 0) + count);
}

/**
 * Returns a percentile in ms, rounded to a tenth.
 *
 * @param share of the latencies that are not above it: 0.5 is the median
 * @returns null when there are no latencies
 */
export function percentile(latencies: Latencies, share: number): number | null {
  const total = [...latencies.values()].reduce((sum, count) => sum + count, 0);
  let left = Math.max(1, Math.ceil(total * share));
  for (const [bucket, count] of [...latencies].sort(([a], [b]) => a - b)) {
    left -= count;
    if (left <= 0) return Math.round(middleMs(bucket) * 10) / 10;
  }
  return null;
}

/** Formats the counts as a short text. */
export function formatLatencies(latencies: Latencies): string {
  return [...latencies].map(([bucket, count]) => `${bucket}:${count}`).join(' ');
}

/** Reads such a text. */
export function parseLatencies(text: string): Latencies {
  if (text === '') return new Map();
  return new Map(
    text.split(' ').map((pair) => pair.split(':').map(Number) as [bucket: number, count: number]),
  );
}

function bucketOf(ms: number): number {
  if (!(ms > FIRST_MS)) return 0;
  return Math.min(BUCKET_MAX, Math.ceil(Math.log(ms / FIRST_MS) / GROWTH));
}

/** The geometric middle of a bucket: as far from its lower bound as from its upper one. */
function middleMs(bucket: number): number {
  return FIRST_MS * Math.exp(GROWTH * (bucket - 0.5));
}
