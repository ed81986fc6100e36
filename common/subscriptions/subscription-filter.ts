import { compileFilter } from '../filter/compile-filter.ts';
import { parseExactJson } from '../filter/exact-json.ts';
import { matches } from '../filter/filter.ts';
import type { Filter, FilteredEvent } from '../filter/filter.ts';
import type { Subscription } from '../model/subscription.ts';

/** Texts whose filters are kept; each change of a filter adds one. */
const TEXTS_MAX = 20_000;

/** A filter that any number of subscriptions may share: an event is matched with it once. */
export class SharedFilter {
  readonly filter: Filter;
  private lastEvent: FilteredEvent | null = null;
  private isLastMatch = false;

  constructor(filter: Filter) {
    this.filter = filter;
  }

  takes(event: FilteredEvent): boolean {
    if (event !== this.lastEvent) {
      this.isLastMatch = matches(this.filter, event);
      this.lastEvent = event;
    }
    return this.isLastMatch;
  }
}

const bySubscription = new WeakMap<Subscription, SharedFilter | null>();
const byText = new Map<string, SharedFilter | null>();

/** The filter of a subscription, compiled once; null: it takes all events of its types. */
export function filterOf(subscription: Subscription): SharedFilter | null {
  const { filter: text } = subscription;
  if (text === null || text === undefined) return null;
  let found = bySubscription.get(subscription);
  if (found === undefined) {
    found = byText.get(text);
    if (found === undefined) {
      if (byText.size >= TEXTS_MAX) byText.clear();
      byText.set(text, (found = compiled(text)));
    }
    bySubscription.set(subscription, found);
  }
  return found;
}

/**
 * A filter of a later version that this one does not know: it would not know of the filter at all
 * if it were older still, and an event too many is better than one too few.
 */
function compiled(text: string): SharedFilter | null {
  try {
    const result = compileFilter(parseExactJson(text));
    return result.kind === 'filter' ? new SharedFilter(result.filter) : null;
  } catch {
    return null;
  }
}
