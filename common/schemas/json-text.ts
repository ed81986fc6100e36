/** Node has it from version 21 on; the declarations of TypeScript do not yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * Writes a decoded value as JSON: whole numbers with all their digits, bytes in base64, and numbers
 * that JSON does not have as texts (`NaN`, `Infinity`).
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, plain: unknown) {
    // Buffers have a `toJSON`, which has been called by now.
    const given = this[key];
    if (Buffer.isBuffer(given)) return given.toString('base64');
    if (typeof given === 'bigint') return rawJSON(String(given));
    if (typeof given === 'number' && !Number.isFinite(given)) return String(given);
    return plain;
  });
}
