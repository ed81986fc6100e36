/**
 * A generator of numbers in [0, 1) that gives the same ones for the same seed: xorshift with 32
 * bits, good enough for waits and choices.
 *
 * @see https://doi.org/10.18637/jss.v008.i14 (Marsaglia, Xorshift RNGs)
 */
export function seededRandom(seed: number): () => number {
  // Zero would stay zero; spread small seeds, whose first numbers would be small too.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
