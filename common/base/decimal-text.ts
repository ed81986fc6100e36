/** Reads a whole number of any size: two's complement, big-endian; 0 where there are no bytes. */
export function bigIntOf(bytes: Uint8Array): bigint {
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x0${Buffer.from(bytes).toString('hex')}`));
}

/**
 * Writes a decimal number with all its digits.
 *
 * @param scale digits behind the point; below zero, zeros that stand for digits before it
 */
export function decimalText(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  if (scale <= 0) return sign + digits + (unscaled === 0n ? '' : '0'.repeat(-scale));
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
