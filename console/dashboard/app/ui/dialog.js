import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';

/**
 * A dialog over the page. The browser keeps the focus inside; afterwards it goes back to where it
 * was, or to the head of the view where that is gone.
 */
export function Dialog({ title, onClose, children, className = '' }) {
  const box = useRef(null);
  useEffect(() => {
    const before = /** @type {HTMLElement} */ (document.activeElement);
    box.current.showModal();
    return () => {
      const isThere = before?.isConnected && before !== document.body;
      (isThere ? before : document.querySelector('h1'))?.focus();
    };
  }, []);
  const onCancel = (event) => {
    event.preventDefault();
    onClose();
  };
  const onClick = (event) => {
    if (event.target === box.current) onClose();
  };
  return html`<dialog ref=${box} class=${className} aria-label=${title} onCancel=${onCancel}
    onMouseDown=${onClick}>
    <div class="dialog-inside">
      <div class="dialog-head">
        <h2>${title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick=${onClose}>✕</button>
      </div>
      ${children}
    </div>
  </dialog>`;
}

const question = signal(null);

/**
 * Lets a person confirm what cannot be taken back.
 *
 * @param {{ title: string, text: string, action: string, isDangerous?: boolean,
 *   reason?: string }} given `reason`: label of a text that must be given
 * @returns {Promise<string | null>} the reason, empty where none is asked for; null: not confirmed
 */
export function confirmed(given) {
  return new Promise((resolve) => {
    const answer = (value) => {
      question.value = null;
      resolve(value);
    };
    question.value = { ...given, answer };
  });
}

export function Confirmation() {
  const given = question.value;
  return given && html`<${ConfirmDialog} key=${given.title} ...${given} />`;
}

function ConfirmDialog({ title, text, action, isDangerous, reason, answer }) {
  const [said, setSaid] = useState('');
  const onSubmit = (event) => {
    event.preventDefault();
    answer(said.trim());
  };
  return html`<${Dialog} title=${title} onClose=${() => answer(null)}>
    <form onSubmit=${onSubmit}>
      <p>${text}</p>
      ${
        reason &&
        html`<label class="field">
        <span>${reason}</span>
        <input required maxlength="500" value=${said} onInput=${(e) => setSaid(e.target.value)} />
      </label>`
      }
      <div class="dialog-foot">
        <button type="button" onClick=${() => answer(null)}>Keep as it is</button>
        <button class=${isDangerous ? 'danger' : 'primary'}>${action}</button>
      </div>
    </form>
  </${Dialog}>`;
}
