import { useEffect, useId, useRef } from 'preact/hooks';
import { html } from '../lib/html.js';

/**
 * A labelled input with a hint, and with what is wrong with its value: a choice where it has
 * children, several lines where it has `rows`.
 */
export function Field({ label, hint, error, children, rows, ...input }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  const shared = { id, 'aria-describedby': described || undefined, 'aria-invalid': !!error };
  const control = () => {
    if (children) return html`<select ...${input} ...${shared}>${children}</select>`;
    if (rows) return html`<textarea rows=${rows} ...${input} ...${shared}></textarea>`;
    return html`<input autocomplete="off" ...${input} ...${shared} />`;
  };
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${control()}
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${error && html`<p class="wrong" id="${id}-error">${error}</p>`}
  </div>`;
}

/** The values of a form by name; empty ones are left out. */
export function valuesOf(form) {
  const all = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]);
  return Object.fromEntries(all.filter(([, value]) => value !== ''));
}

/**
 * Keeps the inputs of a form at given values whenever these change, as by a link. The inputs stay
 * the same elements, and whoever types keeps the focus.
 *
 * @param {Record<string, string | undefined>} values by name
 * @returns the `ref` of the form
 */
export function useFormValues(values) {
  const form = useRef(null);
  useEffect(() => {
    for (const input of form.current.elements) {
      const next = values[input.name] ?? '';
      if (!input.name || input.value === next) continue;
      input.value = next;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }, [JSON.stringify(values)]);
  return form;
}

/** Choices of which one holds, such as the window of a plot. */
export function Choice({ label, options, value, onChange }) {
  return html`<div class="choice" role="group" aria-label=${label}>
    ${options.map(
      ([option, text]) =>
        html`<button key=${option} type="button" aria-pressed=${option === value}
          onClick=${() => onChange(option)}>${text}</button>`,
    )}
  </div>`;
}
