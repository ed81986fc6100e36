import { ExactNumber, compareNumbers, isJsonNumber } from './exact-number.ts';
import type { JsonNumber } from './exact-number.ts';

/** A condition on one value: a string, a number, true, false or null. */
export type Test = (value: unknown) => boolean;

const NUMERIC: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

export const NUMERIC_OPERATORS: readonly string[] = Object.keys(NUMERIC);

/** Equal to one of them. */
export function equalsAny(values: readonly unknown[]): Test {
  const plain = new Set(values.filter((value) => !(value instanceof ExactNumber)));
  const exact = new Set(values.flatMap((value) => (value instanceof ExactNumber ? value.key : [])));
  return (value) => (value instanceof ExactNumber ? exact.has(value.key) : plain.has(value));
}

export function equalsIgnoringCase(texts: readonly string[]): Test {
  const wanted = new Set(texts.map((text) => text.toLowerCase()));
  return (value) => typeof value === 'string' && wanted.has(value.toLowerCase());
}

export function beginsWithAny(prefixes: readonly string[]): Test {
  const [only = ''] = prefixes;
  // The usual case, without a loop: an event may be matched with thousands of filters.
  if (prefixes.length === 1) return (value) => typeof value === 'string' && value.startsWith(only);
  return (value) =>
    typeof value === 'string' && prefixes.some((prefix) => value.startsWith(prefix));
}

export function endsWithAny(suffixes: readonly string[]): Test {
  const [only = ''] = suffixes;
  if (suffixes.length === 1) return (value) => typeof value === 'string' && value.endsWith(only);
  return (value) => typeof value === 'string' && suffixes.some((suffix) => value.endsWith(suffix));
}

export interface Bound {
  readonly operator: string;
  readonly operand: JsonNumber;
}

/** A number that keeps all bounds. */
export function withinBounds(bounds: readonly Bound[]): Test {
  const checks = bounds.map(({ operator, operand }) => {
    const holds = NUMERIC[operator] as (order: number) => boolean;
    return (value: JsonNumber) => holds(compareNumbers(value, operand));
  });
  return (value) => isJsonNumber(value) && checks.every((check) => check(value));
}

export const not =
  (test: Test): Test =>
  (value) =>
    !test(value);
