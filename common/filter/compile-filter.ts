import {
  NUMERIC_OPERATORS,
  beginsWithAny,
  endsWithAny,
  equalsAny,
  equalsIgnoringCase,
  not,
  withinBounds,
} from './conditions.ts';
import type { Bound, Test } from './conditions.ts';
import { isJsonNumber } from './exact-number.ts';
import type { JsonNumber } from './exact-number.ts';
import type { Field, Filter, Group, Leaf } from './filter.ts';

/** Why a pattern is refused. */
export interface PatternError {
  readonly path: readonly (string | number)[];
  /** Begins with `allowed:`. */
  readonly message: string;
}

export type Compiled =
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'refused'; readonly errors: readonly PatternError[] };

const OR = '$or';
const PARTS = ['body', 'headers', 'user'];
/** Levels of fields, alternatives and conditions below the pattern itself. */
export const DEPTH_MAX = 12;
/** Conditions and values of a pattern, all together. */
export const CONDITIONS_MAX = 200;
export const TEXT_LENGTH_MAX = 8_192;
const ERRORS_MAX = 20;
const OPERATORS = 'prefix, suffix, equals-ignore-case, anything-but, numeric, exists';
const LEAF =
  `allowed: a list of conditions: strings, numbers, true, false, null, ` +
  `or objects with one of ${OPERATORS}`;

/**
 * Compiles a pattern in the syntax of EventBridge: an object whose fields are lists of conditions,
 * or patterns again.
 *
 * @param pattern parsed JSON
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function compileFilter(pattern: unknown): Compiled {
  return new Compiler().compile(pattern);
}

type Path = PatternError['path'];

class Compiler {
  private readonly errors: PatternError[] = [];
  private conditions = 0;

  compile(pattern: unknown): Compiled {
    const filter = this.group(pattern, [], true);
    const { errors } = this;
    return errors.length > 0 ? { kind: 'refused', errors } : { kind: 'filter', filter };
  }

  /** @param isEvent the fields are the parts of an event */
  private group(pattern: unknown, path: Path, isEvent = false): Group {
    const empty: Group = { kind: 'group', fields: [], choices: [] };
    if (!isObject(pattern) || Object.keys(pattern).length === 0) {
      this.refuse(path, 'allowed: an object with at least one field');
      return empty;
    }
    if (path.length > DEPTH_MAX) {
      this.refuse(path, `allowed: up to ${DEPTH_MAX} levels`);
      return empty;
    }
    const fields: Field[] = [];
    const choices: (readonly Group[])[] = [];
    for (const [name, below] of Object.entries(pattern)) {
      const at = [...path, name];
      if (name === OR) choices.push(this.choice(below, at, isEvent));
      else if (isEvent && !PARTS.includes(name)) {
        this.refuse(at, `allowed: ${PARTS.join(', ')} and ${OR}`);
      } else fields.push(this.field(name, below, at, isEvent));
    }
    // A body is parsed only for an event that meets the conditions on all else.
    if (isEvent) fields.sort((a, b) => Number(a.name === 'body') - Number(b.name === 'body'));
    return { kind: 'group', fields, choices };
  }

  private field(name: string, below: unknown, at: Path, isEvent: boolean): Field {
    const isHeader = isHeaderPath(at);
    // Names of headers are the same in any case; those of an event are in lower case.
    const known = isHeader ? name.toLowerCase() : name;
    const isLeaf = Array.isArray(below) || (isEvent && name === 'user') || isHeader;
    return { name: known, pattern: isLeaf ? this.leaf(below, at) : this.group(below, at) };
  }

  private choice(below: unknown, at: Path, isEvent: boolean): readonly Group[] {
    if (!Array.isArray(below) || below.length === 0) {
      this.refuse(at, 'allowed: a list of patterns, of which one has to match');
      return [];
    }
    this.count(below.length, at);
    if (this.isFull) return [];
    return below.map((one, n) => this.group(one, [...at, n], isEvent));
  }

  private leaf(below: unknown, at: Path): Leaf {
    const leaf: Leaf = { kind: 'leaf', takesAbsent: false, tests: [], texts: null, rule: '' };
    if (!Array.isArray(below) || below.length === 0) {
      this.refuse(at, LEAF);
      return leaf;
    }
    this.count(below.length, at);
    if (this.isFull) return leaf;
    const equal = below.filter((one) => isValue(one));
    const tests: Test[] = equal.length > 0 ? [equalsAny(equal)] : [];
    let takesAbsent = false;
    for (const [n, one] of below.entries()) {
      if (isValue(one)) continue;
      const exists = isObject(one) && Object.keys(one).length === 1 ? one['exists'] : undefined;
      if (exists === false) takesAbsent = true;
      else tests.push(exists === true ? () => true : this.operator(one, [...at, n]));
    }
    const texts = below.every((one) => typeof one === 'string') ? below : null;
    return { kind: 'leaf', takesAbsent, tests, texts, rule: JSON.stringify(below) };
  }

  private operator(one: unknown, path: Path): Test {
    const [name, operand] = isObject(one) ? (Object.entries(one)[0] ?? []) : [];
    if (name === undefined || Object.keys(one as object).length !== 1) {
      return this.refuse(path, LEAF);
    }
    const at = [...path, name];
    switch (name) {
      case 'prefix':
      case 'suffix':
      case 'equals-ignore-case':
        return this.textTest(name, operand, at, false);
      case 'anything-but':
        return this.anythingBut(operand, at);
      case 'numeric':
        return this.numeric(operand, at);
      case 'exists':
        return this.refuse(at, 'allowed: true or false');
      default:
        return this.refuse(at, `allowed: one of ${OPERATORS}`);
    }
  }

  /** @param mayBeMany whether a list of texts is allowed, as in EventBridge below `anything-but` */
  private textTest(name: string, operand: unknown, at: Path, mayBeMany: boolean): Test {
    const texts = mayBeMany && Array.isArray(operand) ? operand : [operand];
    this.count(texts.length, at);
    if (texts.length === 0 || !texts.every((text) => typeof text === 'string')) {
      return this.refuse(
        at,
        mayBeMany ? 'allowed: a string, or a list of them' : 'allowed: a string',
      );
    }
    if (name === 'prefix') return beginsWithAny(texts);
    return name === 'suffix' ? endsWithAny(texts) : equalsIgnoringCase(texts);
  }

  private anythingBut(operand: unknown, at: Path): Test {
    if (isObject(operand)) {
      const [name = '', below] = Object.entries(operand)[0] ?? [];
      const isOne = Object.keys(operand).length === 1;
      if (isOne && ['prefix', 'suffix', 'equals-ignore-case'].includes(name)) {
        return not(this.textTest(name, below, [...at, name], true));
      }
    } else {
      const values = Array.isArray(operand) ? operand : [operand];
      this.count(values.length, at);
      if (values.length > 0 && values.every((value) => isValue(value)))
        return not(equalsAny(values));
    }
    return this.refuse(
      at,
      'allowed: a string, number, true, false, null or a list of them, ' +
        'or an object with one of prefix, suffix, equals-ignore-case',
    );
  }

  private numeric(operand: unknown, at: Path): Test {
    const words: readonly unknown[] = Array.isArray(operand) ? operand : [];
    const bounds: Bound[] = [];
    for (let n = 0; n < words.length && bounds.length <= 2; n += 2) {
      const [operator, number] = [words[n], words[n + 1]];
      if (!NUMERIC_OPERATORS.includes(operator as string) || !isJsonNumber(number)) {
        return this.refuseNumeric(at);
      }
      bounds.push({ operator: operator as string, operand: number as JsonNumber });
    }
    return bounds.length === 1 || bounds.length === 2
      ? withinBounds(bounds)
      : this.refuseNumeric(at);
  }

  private refuseNumeric(at: Path): Test {
    const rule = `one or two of ${NUMERIC_OPERATORS.join(' ')}, each followed by a number`;
    return this.refuse(at, `allowed: ${rule}, such as [">", 0, "<=", 5]`);
  }

  private get isFull(): boolean {
    return this.conditions > CONDITIONS_MAX;
  }

  private count(more: number, at: Path): void {
    const wasFull = this.isFull;
    this.conditions += more;
    if (this.isFull && !wasFull) {
      this.refuse(at, `allowed: up to ${CONDITIONS_MAX} conditions in a filter, all together`);
    }
  }

  private refuse(path: Path, message: string): Test {
    if (this.errors.length < ERRORS_MAX) this.errors.push({ path, message });
    return () => false;
  }
}

/** Whether a path leads to one header: below `headers`, with or without `$or` between. */
function isHeaderPath(at: Path): boolean {
  const below = at.slice(0, -1).filter((part, n, all) => part !== OR && all[n - 1] !== OR);
  return below.length === 1 && below[0] === 'headers';
}

function isValue(value: unknown): boolean {
  return value === null || ['string', 'boolean'].includes(typeof value) || isJsonNumber(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isJsonNumber(value)
  );
}
