import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';

/** A button that copies a text; the clipboard is there on https and on this machine alone. */
export function Copy({ text, label = 'Copy' }) {
  const [said, setSaid] = useState(label);
  const onClick = async () => {
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setSaid(copied ? 'Copied' : 'Not allowed here');
    setTimeout(setSaid, 2_000, label);
  };
  return html`<button type="button" class="small" onClick=${onClick}>${said}</button>`;
}
