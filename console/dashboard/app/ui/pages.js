import { html } from '../lib/html.js';
import { Failure } from './basics.js';

/** What stands below a list that is loaded in pages. */
export function PageEnd({ pages, empty }) {
  const { rows, error, loading, more, reload } = pages;
  if (error) return html`<${Failure} error=${error} retry=${reload} />`;
  if (loading && rows.length === 0) return html`<p class="loading" role="status">Loading…</p>`;
  if (rows.length === 0) return empty;
  return more && html`<p class="more"><button type="button" onClick=${more}>Show more</button></p>`;
}
