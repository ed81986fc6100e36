import { z } from 'zod';

export const RATE_MAX = 1_000_000;
export const RATE_ALLOWED = `allowed: a number above 0 up to ${RATE_MAX}, fractions included`;

/** How many copies a second a request allows; null: as fast as Kafka takes them. */
export const CopyRate = z
  .number(RATE_ALLOWED)
  .positive(RATE_ALLOWED)
  .max(RATE_MAX, RATE_ALLOWED)
  .nullable()
  .default(null);
