/** Seven bits of a number in each byte, lowest first, and one that says whether more follow. */
const MORE = 0x80;
/** Bytes of the largest number that is read; eight hold 56 bits. */
const BYTES_MAX = 8;

/**
 * Appends an unsigned number of up to 53 bits. The signed ones of records are written and read in
 * place, byte by byte, as each record has a dozen of them.
 *
 * @see ByteWriter.varint
 */
export function pushUvarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= MORE; rest = Math.floor(rest / MORE)) bytes.push((rest % MORE) | MORE);
  bytes.push(rest);
}

/**
 * Reads an unsigned number.
 *
 * @returns the number and the position behind it; null when the bytes end too early or go on too
 *          long
 */
export function readUvarint(
  bytes: Uint8Array,
  from: number,
): { readonly value: number; readonly next: number } | null {
  let value = 0;
  let factor = 1;
  for (let index = from; index < bytes.length && index < from + BYTES_MAX; index += 1) {
    const byte = bytes[index] as number;
    value += (byte % MORE) * factor;
    if (byte < MORE) return { value, next: index + 1 };
    factor *= MORE;
  }
  return null;
}
