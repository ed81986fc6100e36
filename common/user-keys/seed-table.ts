/** Words of a slot: the user's name and the seed of the user's key, 16 bytes each. */
const SLOT_WORDS = 8;
const NAME_WORDS = 4;
const SLOTS_MIN = 1_024;
/** Beyond this share of used slots the table is made again. */
const LOAD_MAX = 0.7;

/** A name or a seed, 16 bytes as four words. */
export type Words = readonly [number, number, number, number];

/**
 * Seeds of users' keys by the users' names, 32 bytes each and outside of the JavaScript heap: there
 * may be millions of them. A name is a hash already, so its bits are as good as any others.
 */
export class SeedTable {
  /** Names with a seed. */
  size = 0;
  /** Slots that are in use: a name keeps its slot when its seed is taken away. */
  private used = 0;
  private words = new Uint32Array(SLOTS_MIN * SLOT_WORDS);

  get(name: Words): Words | null {
    const at = this.find(name);
    return this.hasSeed(at) ? wordsAt(this.words, at + NAME_WORDS) : null;
  }

  set(name: Words, seed: Words): void {
    const slots = this.words.length / SLOT_WORDS;
    if (this.used + 1 > slots * LOAD_MAX) this.rehash();
    const at = this.find(name);
    if (this.isFree(at)) this.used += 1;
    if (!this.hasSeed(at)) this.size += 1;
    this.words.set([...name, ...seed], at);
  }

  delete(name: Words): void {
    const at = this.find(name);
    if (!this.hasSeed(at)) return;
    this.size -= 1;
    this.words.fill(0, at + NAME_WORDS, at + SLOT_WORDS);
  }

  *entries(): Generator<readonly [name: Words, seed: Words]> {
    const { words } = this;
    for (let at = 0; at < words.length; at += SLOT_WORDS) {
      if (this.hasSeed(at)) yield [wordsAt(words, at), wordsAt(words, at + NAME_WORDS)];
    }
  }

  /** Index of the name's slot, or of the free one that it would get. */
  private find(name: Words): number {
    const { words } = this;
    const slots = words.length / SLOT_WORDS;
    for (let slot = name[1] % slots; ; slot = (slot + 1) % slots) {
      const at = slot * SLOT_WORDS;
      if (this.isFree(at) || isAt(words, at, name)) return at;
    }
  }

  /** No name's hash is zero, but for one in 2^128. */
  private isFree(at: number): boolean {
    return isAt(this.words, at, NONE);
  }

  /** No seed is zero either. */
  private hasSeed(at: number): boolean {
    return !isAt(this.words, at + NAME_WORDS, NONE);
  }

  /** Frees the slots of names without a seed, and doubles the table where that is not enough. */
  private rehash(): void {
    const old = this.words;
    const isFull = this.size > (old.length / SLOT_WORDS) * (LOAD_MAX / 2);
    this.words = new Uint32Array(isFull ? old.length * 2 : old.length);
    this.used = 0;
    for (let at = 0; at < old.length; at += SLOT_WORDS) {
      if (isAt(old, at + NAME_WORDS, NONE)) continue;
      this.words.set(old.subarray(at, at + SLOT_WORDS), this.find(wordsAt(old, at)));
      this.used += 1;
    }
  }
}

const NONE: Words = [0, 0, 0, 0];

function isAt(words: Uint32Array, at: number, [a, b, c, d]: Words): boolean {
  return words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d;
}

function wordsAt(words: Uint32Array, at: number): Words {
  return [
    words[at] as number,
    words[at + 1] as number,
    words[at + 2] as number,
    words[at + 3] as number,
  ];
}
