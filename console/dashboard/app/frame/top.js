import { html } from '../lib/html.js';
import { staleReason } from '../lib/live.js';
import { link } from '../lib/route.js';
import { chosen, nextTheme } from '../ui/theme.js';
import { headline } from './headline.js';
import { openPalette } from './palette.js';

const THEMES = { auto: '◐', light: '☀', dark: '☾' };

/** Name, state of the system, search and theme: the same on every view. */
export function Top() {
  const { state, text } = headline.value;
  const stale = staleReason.value;
  return html`<header class="top">
    <a class="brand" href=${link([])}>Hookline</a>
    <p class="health ${stale ? 'down' : state}" role="status">
      <span class="dot" aria-hidden="true" />
      <span class="health-text">${stale ? `Figures are from before: ${stale}` : text}</span>
    </p>
    <button type="button" class="search" aria-keyshortcuts="/" onClick=${() => openPalette()}>
      <span>Search</span><kbd>/</kbd>
    </button>
    <button type="button" class="quiet" onClick=${nextTheme}
      aria-label="Theme: ${chosen.value}" title="Theme: ${chosen.value}">
      ${THEMES[chosen.value]}
    </button>
  </header>`;
}
