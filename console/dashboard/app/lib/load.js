import { useEffect, useRef, useState } from 'preact/hooks';
import { apiKey, getJson } from './api.js';

/**
 * Loads an answer of the API for a view, and again when its path changes.
 *
 * @param {string | null} path null: nothing is loaded
 * @param {{ everyMs?: number | null }} how `everyMs`: again after so long, while the page is seen
 * @returns `data` stays while it is loaded again; `error` is that of the last try
 */
export function useLoad(path, { everyMs = null } = {}) {
  const [state, setState] = useState({ path: null, data: null, error: null, loading: true });
  const [turn, setTurn] = useState(0);
  const key = apiKey.value;
  useEffect(() => {
    if (path === null) return;
    const ending = new AbortController();
    setState((last) => ({ ...(last.path === path ? last : EMPTY), path, loading: true }));
    // An answer that came just before it was given up must not replace a newer one.
    const set = (change) => ending.signal.aborted || setState(change);
    getJson(path, { signal: ending.signal }).then(
      (data) => set({ path, data, error: null, loading: false }),
      (error) => set((last) => ({ ...last, error, loading: false })),
    );
    return () => ending.abort();
  }, [path, turn, key]);
  const reload = () => setTurn((last) => last + 1);
  useEvery(reload, path === null || state.loading ? null : everyMs);
  return { ...(state.path === path ? state : EMPTY), reload };
}

const EMPTY = { data: null, error: null, loading: true };

/** Calls a function again and again while the page is seen. @param ms null: never */
export function useEvery(call, ms) {
  const last = useRef(call);
  last.current = call;
  useEffect(() => {
    if (ms === null) return;
    const timer = setInterval(() => {
      if (!document.hidden) last.current();
    }, ms);
    return () => clearInterval(timer);
  }, [ms]);
}
