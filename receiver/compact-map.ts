const SHARDS = 64;
const CAPACITY_AT_START = 64;

/**
 * Numbers by text, for millions of keys: 16 bytes a slot and no object for a key, because it
 * keeps 64-bit hashes in place of the texts. Two of ten million different keys share a hash with
 * a chance of about one in 400,000. It grows shard by shard, so that no single call takes long.
 */
export class CompactMap {
  #shards = Array.from({ length: SHARDS }, () => new Shard(CAPACITY_AT_START));

  /**
   * Keeps the greater of the value and what the key has.
   *
   * @param value a number of 0 or more
   * @returns what the key had before, or null
   */
  raise(key: string, value: number): number | null {
    const [high, low] = hash64(key);
    const index = high % SHARDS;
    let shard = this.#shards[index] as Shard;
    if (shard.crowded) {
      shard = shard.doubled();
      this.#shards[index] = shard;
    }
    return shard.raise(high, low, value);
  }

  get size(): number {
    return this.#shards.reduce((sum, { used }) => sum + used, 0);
  }
}

/** Open addressing with linear probing; a slot whose hash is 0, 0 is free. */
class Shard {
  used = 0;
  readonly #capacity: number;
  readonly #hashes: Uint32Array;
  readonly #values: Float64Array;

  /** @param capacity a power of two */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#hashes = new Uint32Array(2 * capacity);
    this.#values = new Float64Array(capacity);
  }

  /** A table that is fuller than two thirds makes probing long. */
  get crowded(): boolean {
    return this.used * 3 >= this.#capacity * 2;
  }

  raise(high: number, low: number, value: number): number | null {
    const hashes = this.#hashes;
    for (let slot = low & (this.#capacity - 1); ; slot = (slot + 1) & (this.#capacity - 1)) {
      const at = 2 * slot;
      if (hashes[at] === high && hashes[at + 1] === low) {
        const before = this.#values[slot] as number;
        if (value > before) this.#values[slot] = value;
        return before;
      }
      if (hashes[at] === 0 && hashes[at + 1] === 0) {
        hashes[at] = high;
        hashes[at + 1] = low;
        this.#values[slot] = value;
        this.used += 1;
        return null;
      }
    }
  }

  doubled(): Shard {
    const larger = new Shard(2 * this.#capacity);
    for (let slot = 0; slot < this.#capacity; slot += 1) {
      const high = this.#hashes[2 * slot] as number;
      const low = this.#hashes[2 * slot + 1] as number;
      if (high !== 0 || low !== 0) larger.raise(high, low, this.#values[slot] as number);
    }
    return larger;
  }
}

/** Two multiplicative hashes side by side, each bit of the result mixed from both. Never 0, 0. */
function hash64(text: string): [high: number, low: number] {
  let a = 0x9e3779b9 ^ text.length;
  let b = 0x85ebca6b;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul((b << 5) ^ (b >>> 27) ^ code, 0xcc9e2d51);
  }
  const high = mix(a ^ Math.imul(b, 0xc2b2ae35));
  const low = mix(b ^ Math.imul(high, 0x27d4eb2f));
  return [high, high === 0 && low === 0 ? 1 : low];
}

/** A bijection of 32 bits in which each bit depends on all. */
function mix(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
