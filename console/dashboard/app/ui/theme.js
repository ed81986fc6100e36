import { effect, signal } from '@preact/signals';

const NAME = 'hookline-theme';
/** @returns {'auto' | 'light' | 'dark'} */
function saved() {
  const name = localStorage.getItem(NAME);
  return name === 'light' || name === 'dark' ? name : 'auto';
}

const dark = matchMedia('(prefers-color-scheme: dark)');

/** @type {import('@preact/signals').Signal<'auto' | 'light' | 'dark'>} */
export const chosen = signal(saved());
const system = signal(dark.matches ? 'dark' : 'light');
/** The theme that is seen. */
export const theme = signal('light');

dark.addEventListener('change', ({ matches }) => (system.value = matches ? 'dark' : 'light'));

effect(() => {
  theme.value = chosen.value === 'auto' ? system.value : chosen.value;
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem(NAME, chosen.value);
});

const ORDER = /** @type {const} */ (['auto', 'light', 'dark']);

export function nextTheme() {
  chosen.value = ORDER[(ORDER.indexOf(chosen.value) + 1) % ORDER.length];
}
