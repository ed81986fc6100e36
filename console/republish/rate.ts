import { z } from 'zod';

export const RATE_MAX = 1_000_000;
export const RATE_ALLOWED = `allowed: a number above 0 up to ${RATE_MAX}, fractions included`;

/** Least rate of a request: some generators of clients do not understand a bound left out. */
const RATE_MIN = 0.000001;

/** How many copies a second a request allows; null: as fast as Kafka takes them. */
export const CopyRate = z
  .number(RATE_ALLOWED)
  .min(RATE_MIN, RATE_ALLOWED)
  .max(RATE_MAX, RATE_ALLOWED)
  .nullable()
  .default(null);
