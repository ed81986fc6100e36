// Addresses within the page: `#/deliveries/ID?status=dead`. Pure, so that tests need no browser.

/**
 * @param {string} hash as `location.hash`
 * @returns {{ parts: string[], query: Record<string, string> }}
 */
export function parseHash(hash) {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  const parts = path.split('/').filter(Boolean).map(decoded);
  return { parts, query: Object.fromEntries(new URLSearchParams(search)) };
}

/**
 * @param {string[]} parts
 * @param {Record<string, string | number | null | undefined>} query empty values are left out
 */
export function hashOf(parts, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== '' && value != null);
  const search = new URLSearchParams(
    given.map(([name, value]) => [name, String(value)]),
  ).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${search && `?${search}`}`;
}

/** A link that somebody typed may hold a `%` that begins nothing. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
