import { signal } from '@preact/signals';
import { hashOf, parseHash } from './hash.js';

/** Where the page is: the parts of the path, and the query. */
export const route = signal(parseHash(location.hash));

addEventListener('hashchange', () => {
  route.value = parseHash(location.hash);
});

export { hashOf as link };

/** @param {string[]} parts */
export function go(parts, query = {}) {
  location.hash = hashOf(parts, query);
}

/**
 * Changes the query of the view at hand. The view stays, so this makes no step in the history.
 *
 * @param {Record<string, string | null>} changes null takes a name away
 */
export function setQuery(changes) {
  const { parts, query } = route.value;
  history.replaceState(null, '', hashOf(parts, { ...query, ...changes }));
  route.value = parseHash(location.hash);
}
