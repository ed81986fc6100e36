// What is said of dead letters. Pure.

export const FILTERS = ['subscription', 'user', 'status', 'error', 'since', 'id'];

/** @param {Record<string, string>} query of the page @returns what goes to the list of the API */
export function listQuery(query) {
  return Object.fromEntries(
    FILTERS.filter((name) => query[name]).map((name) => [name, query[name]]),
  );
}

/**
 * Body of a redrive or a discard: what was chosen, else what the filter means.
 *
 * @param {string[]} ids empty: everything that the filter means
 * @param {Record<string, string>} query of the page
 */
export function selectionBody(ids, query) {
  if (ids.length > 0) return { ids };
  const { id, status, ...rest } = listQuery(query);
  return {
    filter: { ...rest, ...(status !== undefined && { status: Number(status) }) },
    ...(id !== undefined && { ids: [id] }),
  };
}

/** The query that shows a group of dead letters alone. */
export function groupQuery({ subscription, status, error }) {
  return { subscription: subscription ?? 'default', status, error };
}

/** Why a group is dead, in words. */
export function causeOf({ error, status }) {
  return error || (status === null ? 'no answer' : `HTTP ${status}`);
}
