import { signal } from '@preact/signals';
import { html } from '../lib/html.js';

const SHOWN_MS = 6_000;
const notes = signal([]);
let lastId = 0;

function dismiss(id) {
  notes.value = notes.value.filter((note) => note.id !== id);
}

/** Says what an action has done. An error stays until it is dismissed. */
export function say(text, tone = 'good') {
  const id = (lastId += 1);
  notes.value = [...notes.value.slice(-3), { id, text, tone }];
  if (tone !== 'bad') setTimeout(dismiss, SHOWN_MS, id);
}

/**
 * Does something that can fail, and says what came of it.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {string | ((result: T) => string)} [done] text for the reader
 * @returns the result, or undefined where the work failed
 */
export async function attempt(work, done = '') {
  try {
    const result = await work();
    if (done) say(typeof done === 'function' ? done(result) : done);
    return result ?? null;
  } catch (error) {
    say(error.message, 'bad');
    return undefined;
  }
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${notes.value.map(
      ({ id, text, tone }) =>
        html`<div key=${id} class="toast ${tone}">
          <span>${text}</span>
          <button type="button" class="quiet" aria-label="Dismiss" onClick=${() => dismiss(id)}>
            ✕
          </button>
        </div>`,
    )}
  </div>`;
}
