import type { InboxState, LeftEntry } from '../../common/model/inbox-state.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { LeftReason } from './left.ts';

/** An entry that is not taken, or not yet. */
export interface Left {
  readonly entry: {
    /** Text that no other entry shares. */
    readonly key: string;
    readonly name: string;
  };
  readonly reason: LeftReason;
}

/** Largest number of entries that the state names; the count covers all. */
const NAMED_MAX = 100;

/** Brings entries into the form in which they are published: the first ones by name. */
export function namedFirst(entries: readonly LeftEntry[]): LeftEntry[] {
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, NAMED_MAX);
}

/** Remembers what is left in the inbox and since when, and logs each entry once. */
export class LeftList {
  private readonly logger: Logger;
  /** Times since which files have been left, ISO, keyed by path and reason. */
  private sinces = new Map<string, string>();

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** @param left all that is left now */
  note(left: readonly Left[], nowMs: number): InboxState {
    const sinces = new Map<string, string>();
    const entries: LeftEntry[] = [];
    for (const { entry, reason } of left) {
      const { name } = entry;
      const known = `${reason.code} ${entry.key}`;
      const since = this.sinces.get(known) ?? new Date(nowMs).toISOString();
      if (!this.sinces.has(known)) this.logger.info({ name, ...reason }, 'inbox.left');
      sinces.set(known, since);
      entries.push({ name, ...reason, since });
    }
    this.sinces = sinces;
    return { leftInInbox: namedFirst(entries), leftCount: entries.length };
  }
}
