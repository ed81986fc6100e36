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

/**
 * Groups of dead letters, whatever the answer calls their members.
 *
 * @param {{ subscription: string | null, status: string | number | null, error?: string,
 *   count: number }[]} groups
 */
export function groupRows(groups) {
  return groups
    .map((group) => ({ ...group, status: group.status === null ? null : String(group.status) }))
    .toSorted((a, b) => b.count - a.count);
}

/** The query that shows a group alone. */
export function groupQuery({ subscription, status, error }, canSayDefault) {
  return {
    subscription: subscription ?? (canSayDefault ? 'default' : null),
    status,
    ...(canSayDefault && error ? { error } : {}),
  };
}

export function causeOf({ error, status }) {
  return error || (status === null ? 'no answer' : `HTTP ${status}`);
}
