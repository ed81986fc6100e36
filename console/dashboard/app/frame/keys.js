import { go } from '../lib/route.js';
import { SECTIONS } from '../views/sections.js';
import { openPalette } from './palette.js';

const CHORD_MS = 1_500;

/** `/` and Ctrl-K search; `g` and a letter open a section. */
export function listenToKeys() {
  let chordUntil = 0;
  addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey, timeStamp } = event;
    if ((ctrlKey || metaKey) && key.toLowerCase() === 'k') {
      event.preventDefault();
      openPalette();
      return;
    }
    if (ctrlKey || metaKey || altKey || isTyping(event.target)) return;
    const section = SECTIONS.find((one) => one.key === key);
    if (timeStamp < chordUntil && section) go(section.name ? [section.name] : []);
    chordUntil = key === 'g' ? timeStamp + CHORD_MS : 0;
    if (key !== '/') return;
    event.preventDefault();
    openPalette();
  });
}

function isTyping(target) {
  return target.closest?.('input, textarea, select, [contenteditable], dialog') != null;
}
