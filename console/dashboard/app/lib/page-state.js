/** A list of which nothing is loaded yet. @param {string | null} path of its first page */
export function emptyPages(path) {
  return { path, rows: [], cursor: null, error: null, loading: true, last: null };
}

/**
 * The list after an answer. One that comes late, for another list or after another page than the
 * last that is there, changes nothing.
 *
 * @param {{ path: string | null, cursor: string | null, name: string }} asked
 * @param {Record<string, any>} last the answer
 */
export function withAnswer(now, asked, last) {
  const { path, cursor, name } = asked;
  if (now.path !== path || (cursor !== null && now.cursor !== cursor)) return now;
  const { [name]: rows, next_cursor: next } = last;
  const all = cursor === null ? rows : [...now.rows, ...rows];
  return { path, rows: all, cursor: next, error: null, loading: false, last };
}

/** The list after a failure, which counts only where it is of this list. */
export function withFailure(now, path, error) {
  return now.path === path ? { ...now, error, loading: false } : now;
}
