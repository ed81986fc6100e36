import type { Test } from './conditions.ts';
import { NOT_JSON } from './exact-json.ts';
import { ExactNumber } from './exact-number.ts';

/**
 * A filter, compiled from its pattern. All fields of a pattern have to match, and of the conditions
 * on a field one has to hold.
 */
export type Filter = Group;

export type Pattern = Group | Leaf;

/** Conditions on the fields of an object. */
export interface Group {
  readonly kind: 'group';
  readonly fields: readonly Field[];
  /** Alternatives of each `$or`, of which one has to match. */
  readonly choices: readonly (readonly Group[])[];
}

export interface Field {
  readonly name: string;
  readonly pattern: Pattern;
}

/** Conditions on one field. */
export interface Leaf {
  readonly kind: 'leaf';
  /** Whether the field being absent is enough. */
  readonly takesAbsent: boolean;
  /** Conditions of which a value has to meet one. */
  readonly tests: readonly Test[];
  /** Texts to one of which a value has to be equal; null: other conditions are enough as well. */
  readonly texts: readonly string[] | null;
  /** The conditions as JSON, for people. */
  readonly rule: string;
}

/** Fields of an event that a filter looks at. */
export interface FilteredEvent {
  /** Null: of no user. */
  readonly user: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as parsed JSON, or `NOT_JSON`; it is read when a filter first asks for it. */
  readonly body: unknown;
}

/**
 * Whether an event matches: the decision about who gets it. Loops without closures: an event may be
 * matched with thousands of filters.
 */
export function matches({ fields, choices }: Filter, event: FilteredEvent): boolean {
  for (const { name, pattern } of fields) {
    const value = partOf(event, name);
    if (value === NOT_JSON || !meets(pattern, value)) return false;
  }
  for (const groups of choices) if (!groups.some((one) => matches(one, event))) return false;
  return true;
}

/** A part of an event by its name in a pattern. */
export function partOf(event: FilteredEvent, name: string): unknown {
  if (name === 'body') return event.body;
  if (name === 'headers') return event.headers;
  return event.user ?? undefined;
}

/** @param value undefined: absent */
export function meets(pattern: Pattern, value: unknown): boolean {
  if (pattern.kind === 'leaf') return meetsLeaf(pattern, value);
  if (!Array.isArray(value)) return meetsGroup(pattern, value);
  // As in EventBridge, an array matches when one of its elements does.
  const elements = flat(value);
  if (elements.length === 0) return meetsGroup(pattern, undefined);
  return elements.some((element) => meetsGroup(pattern, element));
}

function meetsGroup({ fields, choices }: Group, value: unknown): boolean {
  for (const { name, pattern } of fields) {
    if (!meets(pattern, memberOf(value, name))) return false;
  }
  for (const groups of choices) if (!groups.some((one) => meetsGroup(one, value))) return false;
  return true;
}

function meetsLeaf({ tests, takesAbsent }: Leaf, value: unknown): boolean {
  if (value === undefined) return takesAbsent;
  if (!Array.isArray(value)) return isScalar(value) ? meetsOne(tests, value) : takesAbsent;
  const scalars = flat(value).filter(isScalar);
  return scalars.length === 0 ? takesAbsent : scalars.some((scalar) => meetsOne(tests, scalar));
}

function meetsOne(tests: readonly Test[], value: unknown): boolean {
  for (const test of tests) if (test(value)) return true;
  return false;
}

/** Whether a value is one that a condition can be about: no object, which counts as absent. */
export function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || value instanceof ExactNumber;
}

export function memberOf(value: unknown, name: string): unknown {
  const hasIt = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return hasIt ? (value as Record<string, unknown>)[name] : undefined;
}

/** The elements of an array and of the arrays in it; a loop, as a body may be nested deeply. */
export function flat(array: readonly unknown[]): readonly unknown[] {
  if (!array.some(Array.isArray)) return array;
  const found: unknown[] = [];
  const rest: unknown[] = [...array].reverse();
  while (rest.length > 0) {
    const next = rest.pop();
    if (!Array.isArray(next)) found.push(next);
    else for (let n = next.length - 1; n >= 0; n -= 1) rest.push(next[n]);
  }
  return found;
}
