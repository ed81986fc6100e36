import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { html } from './lib/html.js';
import { keyState } from './lib/api.js';
import { followStatus } from './lib/live.js';
import { loadRoutes } from './lib/routes-there.js';
import { route } from './lib/route.js';
import { Confirmation } from './ui/dialog.js';
import { Failure } from './ui/basics.js';
import { Toasts } from './ui/toast.js';
import { KeyForm } from './frame/key-form.js';
import { Navigation } from './frame/navigation.js';
import { Palette } from './frame/palette.js';
import { listenToKeys } from './frame/keys.js';
import { Top } from './frame/top.js';
import { viewOf } from './views/all.js';

function Page() {
  const { parts } = route.value;
  const { view: View, title, item } = viewOf(parts);
  const where = parts.join('/');
  useEffect(() => {
    document.title = `${item ?? title} · Hookline`;
    // Who follows a link stands at the head of what it leads to.
    if (isMoved(where)) document.querySelector('h1')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [where]);
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <${Top} />
    <${Navigation} />
    <main id="main" tabindex="-1">
      ${keyState.value === 'fine' ? html`<${View} key=${where} />` : html`<${KeyForm} />`}
    </main>
    <${Palette} />
    <${Confirmation} />
    <${Toasts} />
  `;
}

let shown = null;

/** @returns whether the reader was elsewhere on this page before */
function isMoved(where) {
  const before = shown;
  shown = where;
  return before !== null && before !== where;
}

function skip(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

const box = document.getElementById('app');
loadRoutes().then(
  () => {
    followStatus();
    listenToKeys();
    render(html`<${Page} />`, box);
  },
  (error) => render(html`<${Failure} error=${error} retry=${() => location.reload()} />`, box),
);
