/** Decodes a key as listings and notices encode it; the text itself when it is not encoded. */
export function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    return encoded;
  }
}
