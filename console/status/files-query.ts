import { z } from 'zod';

const LIMIT = 'allowed: a whole number from 1 to 1000';

/** Query of `GET /files`. */
export const FilesQuery = z.strictObject({
  limit: z.coerce.number(LIMIT).int(LIMIT).min(1, LIMIT).max(1_000, LIMIT).default(100),
});
