import { html } from '../lib/html.js';
import { link } from '../lib/route.js';
import { Head } from '../ui/basics.js';

export function NotFound() {
  return html`
    <${Head} title="Nothing is here" />
    <p>
      This address leads to no view. <a href=${link([])}>Go to the overview</a>, or press / to search.
    </p>
  `;
}
