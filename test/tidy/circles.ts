import { posix } from 'node:path';
import { importsOf } from './rules.ts';

/** Imports of each file, or of each folder. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** @param texts source texts by path */
export function fileImports(texts: ReadonlyMap<string, string>): Graph {
  return importGraph(texts, (file) => file);
}

/**
 * Returns the imports between the folders of the files. A folder and the folders within it are
 * separate.
 */
export function folderImports(texts: ReadonlyMap<string, string>): Graph {
  return importGraph(texts, (file) => posix.dirname(file));
}

function importGraph(texts: ReadonlyMap<string, string>, nodeOf: (file: string) => string): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [file, text] of texts) {
    const from = nodeOf(file);
    const to = importsOf(text)
      .filter((one) => one.from.startsWith('.'))
      .map((one) => nodeOf(posix.join(posix.dirname(file), one.from)))
      .filter((node) => node !== from);
    graph.set(from, new Set([...(graph.get(from) ?? []), ...to]));
  }
  return graph;
}

/**
 * Finds circles: somebody who is imported by what he imports, however many are in between.
 *
 * @returns one line for each import that closes a circle; none when there is no circle
 */
export function circlesOf(graph: Graph): string[] {
  const circles: string[] = [];
  const path: string[] = [];
  const seen = new Set<string>();
  const visit = (node: string) => {
    const begin = path.indexOf(node);
    if (begin >= 0) circles.push([...path.slice(begin), node].join(' → '));
    if (seen.has(node)) return;
    seen.add(node);
    path.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    path.pop();
  };
  for (const node of graph.keys()) visit(node);
  return circles;
}
