import { useEffect, useState } from 'preact/hooks';
import { apiKey, apiPath, getJson } from './api.js';

const START = { rows: [], cursor: null, error: null, loading: true, last: null };

/**
 * Loads a list in pages: the first by itself, each further one when it is asked for.
 *
 * @param {string[] | null} parts path of the list; null: nothing is loaded
 * @param {Record<string, string>} query
 * @param {string} name of the list in the answer
 */
export function usePages(parts, query, name) {
  const [state, setState] = useState(START);
  const [turn, setTurn] = useState(0);
  const first = parts === null ? null : apiPath(parts, query);
  const key = apiKey.value;
  const load = async (cursor, signal) => {
    setState((now) => ({ ...now, loading: true, error: null }));
    try {
      const last = await getJson(apiPath(parts, { ...query, cursor }), { signal });
      const { [name]: rows, next_cursor: next } = last;
      setState((now) => ({
        rows: cursor ? [...now.rows, ...rows] : rows,
        ...{ cursor: next, error: null, loading: false, last },
      }));
    } catch (error) {
      if (!signal?.aborted) setState((now) => ({ ...now, error, loading: false }));
    }
  };
  useEffect(() => {
    if (first === null) return;
    const ending = new AbortController();
    setState(START);
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
