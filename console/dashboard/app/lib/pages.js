import { useEffect, useState } from 'preact/hooks';
import { apiKey, apiPath, getJson } from './api.js';
import { emptyPages, withAnswer, withFailure } from './page-state.js';

/**
 * Loads a list in pages: the first by itself, each further one when it is asked for.
 *
 * @param {string[] | null} parts path of the list; null: nothing is loaded
 * @param {Record<string, string>} query
 * @param {string} name of the list in the answer
 */
export function usePages(parts, query, name) {
  const first = parts === null ? null : apiPath(parts, query);
  const [state, setState] = useState(() => emptyPages(first));
  const [turn, setTurn] = useState(0);
  const key = apiKey.value;
  const load = async (cursor, signal) => {
    setState((now) => ({ ...now, loading: true, error: null }));
    try {
      const last = await getJson(apiPath(parts, { ...query, cursor }), { signal });
      setState((now) => withAnswer(now, { path: first, cursor, name }, last));
    } catch (error) {
      if (!signal?.aborted) setState((now) => withFailure(now, first, error));
    }
  };
  useEffect(() => {
    if (first === null) return;
    const ending = new AbortController();
    setState(emptyPages(first));
    void load(null, ending.signal);
    return () => ending.abort();
  }, [first, key]);
  useEffect(() => {
    if (turn > 0 && first !== null) void load(null);
  }, [turn]);
  return {
    ...state,
    more: state.cursor === null ? null : () => load(state.cursor),
    reload: () => setTurn((last) => last + 1),
  };
}
