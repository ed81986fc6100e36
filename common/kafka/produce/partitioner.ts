/** Bounded so that endless new keys cannot fill the memory. */
const CACHED_KEYS_MAX = 100_000;
const cache = new Map<string, number>();

/**
 * The partition of a key, the same as Kafka's Java client and kafkajs choose, so that records
 * written by other tools with the same key lie in the same partition.
 *
 * @param key            any text, hashed as UTF-8
 * @param partitionCount how many partitions the topic has
 */
export function partitionOf(key: string, partitionCount: number): number {
  let hash = cache.get(key);
  if (hash === undefined) {
    if (cache.size >= CACHED_KEYS_MAX) cache.clear();
    hash = murmur2(Buffer.from(key)) & 0x7fffffff;
    cache.set(key, hash);
  }
  return hash % partitionCount;
}

const SEED = 0x9747b28c;
const MIX = 0x5bd1e995;

/** 32-bit murmur2 as in org.apache.kafka.common.utils.Utils#murmur2. */
function murmur2(data: Buffer): number {
  const { length } = data;
  let h = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let k = Math.imul(data.readInt32LE(at), MIX);
    k = Math.imul(k ^ (k >>> 24), MIX);
    h = Math.imul(h, MIX) ^ k;
  }
  const rest = length - at;
  if (rest === 3) h ^= (data[at + 2] as number) << 16;
  if (rest >= 2) h ^= (data[at + 1] as number) << 8;
  if (rest >= 1) h = Math.imul(h ^ (data[at] as number), MIX);
  h = Math.imul(h ^ (h >>> 13), MIX);
  return h ^ (h >>> 15);
}
