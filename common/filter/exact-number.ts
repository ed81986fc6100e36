/**
 * Numbers of JSON by their decimal text: a double holds about 16 digits, and ids and amounts may
 * have more. A number whose double prints as the same decimal stays a double.
 */

/** A number of JSON that no double holds exactly. */
export class ExactNumber {
  readonly text: string;
  readonly decimal: Decimal;

  /** @param text as it stands in the JSON */
  constructor(text: string) {
    this.text = text;
    this.decimal = decimalOf(text);
  }

  /** Two numbers are equal if and only if their keys are. */
  get key(): string {
    const { isNegative, digits, point } = this.decimal;
    return `${isNegative ? '-' : ''}${digits}e${point}`;
  }

  /** JSON.stringify writes the number as it was. */
  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.text);
  }
}

export type JsonNumber = number | ExactNumber;

/** ± 0.DIGITS × 10^point; digits have no zero at either end, and zero has no digits. */
interface Decimal {
  readonly isNegative: boolean;
  readonly digits: string;
  readonly point: number;
}

/** Exponents beyond count as this one, so that no sum of them is inexact. */
const EXPONENT_MAX = 1e15;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** Returns the number as a double where that is exact, and else as its text. */
export function numberOf(text: string): JsonNumber {
  const double = Number(text);
  const isExact =
    Number.isFinite(double) && compareDecimals(decimalOf(text), decimalOf(String(double))) === 0;
  return isExact ? double : new ExactNumber(text);
}

export function isJsonNumber(value: unknown): value is JsonNumber {
  return typeof value === 'number' || value instanceof ExactNumber;
}

/** @returns below 0, 0 or above 0, as `a` is below, equal to or above `b` */
export function compareNumbers(a: JsonNumber, b: JsonNumber): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : Number(a > b);
  return compareDecimals(toDecimal(a), toDecimal(b));
}

function toDecimal(number: JsonNumber): Decimal {
  return typeof number === 'number' ? decimalOf(String(number)) : number.decimal;
}

function decimalOf(text: string): Decimal {
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const all = whole + fraction;
  const first = all.search(/[1-9]/);
  if (first < 0) return { isNegative: false, digits: '', point: 0 };
  let end = all.length;
  while (all[end - 1] === '0') end -= 1;
  const shift = Math.max(-EXPONENT_MAX, Math.min(EXPONENT_MAX, Number(exponent)));
  const point = whole.length - first + shift;
  return { isNegative: sign === '-', digits: all.slice(first, end), point };
}

function compareDecimals(a: Decimal, b: Decimal): number {
  const signs = signOf(a) - signOf(b);
  if (signs !== 0) return signs;
  return a.isNegative ? compareSizes(b, a) : compareSizes(a, b);
}

function compareSizes(a: Decimal, b: Decimal): number {
  if (a.point !== b.point) return a.point - b.point;
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -1 : 1;
}

function signOf({ isNegative, digits }: Decimal): number {
  if (digits === '') return 0;
  return isNegative ? -1 : 1;
}
