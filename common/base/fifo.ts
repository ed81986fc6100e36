/** A queue whose `shift` does not move all the others, unlike an array's. */
export class Fifo<Item> {
  private items: (Item | undefined)[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  peek(): Item | undefined {
    return this.items[this.head];
  }

  *[Symbol.iterator](): Iterator<Item> {
    for (let at = this.head; at < this.items.length; at += 1) yield this.items[at] as Item;
  }

  push(item: Item): void {
    this.items.push(item);
  }

  /** Puts an item before all others. */
  unshift(item: Item): void {
    if (this.head > 0) this.items[(this.head -= 1)] = item;
    else this.items.unshift(item);
  }

  shift(): Item | undefined {
    const item = this.items[this.head];
    if (item === undefined) return undefined;
    // Without this, removed items would stay in memory until the next compaction.
    this.items[this.head] = undefined;
    this.head += 1;
    const isEmpty = this.head === this.items.length;
    if (isEmpty || (this.head > 1_024 && this.head * 2 > this.items.length)) {
      this.items = isEmpty ? [] : this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }
}
