import { ROOT } from './process.ts';
import { quantile } from './statistics.ts';

interface Comparison<Name extends string> {
  /** Titles of the figures, with their units. */
  readonly titles: Readonly<Record<Name, string>>;
  /** Digits behind the point of a figure in the table. */
  readonly digits: number;
  /** Folder of another checkout; undefined: only this one is measured. */
  readonly against: string | undefined;
  readonly rounds: number;
  /** @param root folder of the checkout to measure */
  readonly measure: (root: string) => Promise<Readonly<Record<Name, number>>>;
}

/** Measures this checkout and another one in turns, and prints the medians and their ratios. */
export async function compareCheckouts<Name extends string>(
  comparison: Comparison<Name>,
): Promise<void> {
  const { titles, digits, against, rounds, measure } = comparison;
  const roots = against === undefined ? [ROOT] : [against, ROOT];
  const results = new Map<string, Readonly<Record<Name, number>>[]>(
    roots.map((root) => [root, []]),
  );
  for (let round = 0; round < rounds; round += 1) {
    for (const root of round % 2 === 0 ? roots : roots.toReversed()) {
      const figures = await measure(root);
      results.get(root)?.push(figures);
      console.error(root, figures);
    }
  }
  const median = (root: string, name: Name) =>
    quantile(
      (results.get(root) ?? []).map((figures) => figures[name]),
      0.5,
    );
  const rows = Object.entries<string>(titles).map(([key, title]) => {
    const name = key as Name;
    const ours = median(ROOT, name);
    if (against === undefined) return [title, { ours: ours.toFixed(digits) }];
    const other = median(against, name);
    const ratio = (ours / other).toFixed(2);
    return [title, { ours: ours.toFixed(digits), other: other.toFixed(digits), ratio }];
  });
  console.table(Object.fromEntries(rows));
}
