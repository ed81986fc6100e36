import { z } from 'zod';

/**
 * A code that programs branch on. While a system is upgraded, one of a later version may come that
 * this version does not know: it is read and shown as it is.
 *
 * @param codes those that this version writes
 */
export function openCode<Code extends string>(codes: readonly Code[]): z.ZodType<Code> {
  const known = codes.join(', ');
  const code = z.string().describe(`one of ${known}; later versions may have more`);
  return code as unknown as z.ZodType<Code>;
}
