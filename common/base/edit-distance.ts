/**
 * Counts the edits between two words: a character more, less or other, or two neighbours swapped
 * (optimal string alignment).
 *
 * @see https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance
 */
export function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] as number;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, at(i - 1, j) + 1, at(i, j - 1) + 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) row[j] = Math.min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return at(a.length, b.length);
}

/** Finds the known word that is meant by another one, at most `editsMax` edits away. */
export function nearestWord(
  word: string,
  known: readonly string[],
  editsMax: number,
): string | undefined {
  const ranked = known
    .map((one) => ({ one, edits: editDistance(word, one) }))
    .sort((a, b) => a.edits - b.edits);
  return ranked.find(({ edits }) => edits <= editsMax)?.one;
}
