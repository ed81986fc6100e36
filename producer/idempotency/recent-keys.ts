/** Words of a slot: the first half of the key's hash, and the fingerprint. */
const SLOT_WORDS = 4;
const SLOTS_MIN = 1_024;
/** Beyond this share of used slots a table doubles. */
const LOAD_MAX = 0.7;
const HOUR_MS = 3_600_000;

/**
 * Keys of the last hours with their fingerprints, 16 bytes each and outside of the JavaScript heap:
 * there may be millions of them. A table for each hour, so that forgetting one is dropping a table.
 * Both are texts of hexadecimal digits, of which the first 16 count.
 */
export class RecentKeys {
  private readonly hours = new Map<number, HourTable>();
  private readonly keepMs: number;
  private readonly keysMax: number;

  /**
   * @param keepMs  how long a key is kept at least
   * @param keysMax beyond this the oldest hours are forgotten before their time
   */
  constructor(keepMs: number, keysMax: number) {
    this.keepMs = keepMs;
    this.keysMax = keysMax;
  }

  get size(): number {
    let size = 0;
    for (const table of this.hours.values()) size += table.size;
    return size;
  }

  add(key: string, fingerprint: string, atMs: number): void {
    const hour = Math.floor(atMs / HOUR_MS);
    let table = this.hours.get(hour);
    if (!table) this.hours.set(hour, (table = new HourTable()));
    table.add(wordsOf(key), wordsOf(fingerprint));
  }

  /** The fingerprint, or undefined when the key is not known. */
  get(key: string): string | undefined {
    const words = wordsOf(key);
    for (const table of this.hours.values()) {
      const found = table.get(words);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** @returns false when hours were forgotten that should have been kept */
  forget(nowMs: number): boolean {
    const oldest = Math.floor((nowMs - this.keepMs) / HOUR_MS);
    for (const hour of this.hours.keys()) if (hour < oldest) this.hours.delete(hour);
    let isWhole = true;
    const byAge = [...this.hours.keys()].sort((one, other) => one - other);
    for (const hour of byAge.slice(0, -1)) {
      if (this.size <= this.keysMax) break;
      this.hours.delete(hour);
      isWhole = false;
    }
    return isWhole;
  }
}

type Words = readonly [high: number, low: number];

function wordsOf(hex: string): Words {
  return [Number.parseInt(hex.slice(0, 8), 16), Number.parseInt(hex.slice(8, 16), 16)];
}

/** Open addressing with linear probing; nothing is ever taken out. */
class HourTable {
  size = 0;
  private words = new Uint32Array(SLOTS_MIN * SLOT_WORDS);

  add(key: Words, fingerprint: Words): void {
    const slots = this.words.length / SLOT_WORDS;
    if (this.size + 1 > slots * LOAD_MAX) this.grow();
    const at = this.find(key);
    if (this.isFree(at)) this.size += 1;
    this.words.set([...key, ...fingerprint], at);
  }

  get(key: Words): string | undefined {
    const at = this.find(key);
    if (this.isFree(at)) return undefined;
    const hex = (word: number | undefined) => (word ?? 0).toString(16).padStart(8, '0');
    return hex(this.words[at + 2]) + hex(this.words[at + 3]);
  }

  /** Index of the key, or of its free place. */
  private find([high, low]: Words): number {
    const { words } = this;
    const slots = words.length / SLOT_WORDS;
    // A hash already: its bits are as good as any others.
    for (let slot = high % slots; ; slot = (slot + 1) % slots) {
      const at = slot * SLOT_WORDS;
      if (this.isFree(at) || (words[at] === high && words[at + 1] === low)) return at;
    }
  }

  /** No key's hash is zero, but for one in 2^64. */
  private isFree(at: number): boolean {
    return this.words[at] === 0 && this.words[at + 1] === 0;
  }

  private grow(): void {
    const old = this.words;
    this.words = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += SLOT_WORDS) {
      const [a = 0, b = 0, c = 0, d = 0] = old.subarray(at, at + SLOT_WORDS);
      if (a !== 0 || b !== 0) this.words.set([a, b, c, d], this.find([a, b]));
    }
  }
}
