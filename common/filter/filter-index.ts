import { NOT_JSON } from './exact-json.ts';
import { flat, memberOf, partOf } from './filter.ts';
import type { Filter, FilteredEvent, Group } from './filter.ts';

/** A field that has to be one of some texts. */
interface Key {
  /** From the part of the event on. */
  readonly path: readonly string[];
  readonly texts: readonly string[];
}

interface ByText {
  readonly path: readonly string[];
  /** Numbers of the filters that want a text. */
  readonly filters: Map<string, number[]>;
}

/**
 * Finds, of many filters, those that an event may match. A filter that wants one of some texts in a
 * field is found by the text, so that the others with the same field cost nothing.
 *
 * @see docs/benchmarks-notes.md#what-filters-cost
 */
export class FilterIndex {
  private readonly byPath = new Map<string, ByText>();
  /** Filters without such a field, which every event has to be matched with. */
  private readonly always: number[] = [];
  private readonly size: number;

  constructor(filters: readonly (Filter | null)[]) {
    this.size = filters.length;
    for (const [n, filter] of filters.entries()) {
      const key = filter && keyOf(filter);
      if (!key) {
        this.always.push(n);
        continue;
      }
      const name = JSON.stringify(key.path);
      const { path } = key;
      const found = this.byPath.get(name) ?? { path, filters: new Map<string, number[]>() };
      this.byPath.set(name, found);
      for (const text of new Set(key.texts)) {
        const wanting = found.filters.get(text);
        if (wanting) wanting.push(n);
        else found.filters.set(text, [n]);
      }
    }
  }

  /** @returns by the number of a filter: 1 if the event may match it, 0 if it does not */
  candidates(event: FilteredEvent): Uint8Array {
    const found = new Uint8Array(this.size);
    for (const n of this.always) found[n] = 1;
    for (const { path, filters } of this.byPath.values()) {
      for (const text of textsAt(event, path)) {
        for (const n of filters.get(text) ?? []) found[n] = 1;
      }
    }
    return found;
  }
}

/** A field that every matching event has with one of some texts; null: there is none. */
function keyOf(group: Group, path: readonly string[] = []): Key | null {
  for (const { name, pattern } of group.fields) {
    const at = [...path, name];
    if (pattern.kind === 'leaf') {
      if (pattern.texts !== null) return { path: at, texts: pattern.texts };
      continue;
    }
    const below = keyOf(pattern, at);
    if (below) return below;
  }
  return null;
}

/** The texts in a field, of all elements where there are lists on the way. */
function textsAt(event: FilteredEvent, [part = '', ...names]: readonly string[]): string[] {
  let values: readonly unknown[] = [partOf(event, part)];
  if (values[0] === NOT_JSON) return [];
  for (const name of names) values = flat(values).map((value) => memberOf(value, name));
  return flat(values).filter((value) => typeof value === 'string');
}
