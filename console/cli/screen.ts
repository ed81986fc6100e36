const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * Makes a text fill a terminal over what was there: without clearing it first nothing flickers, and
 * without a line too many nothing scrolls.
 *
 * @param size of the terminal, in characters
 */
export function screenOf(text: string, size: { rows: number; columns: number }): string {
  const lines = text.split('\n');
  const fits = lines.length < size.rows;
  const shown = fits ? lines : lines.slice(0, Math.max(1, size.rows - 2));
  const more = fits
    ? []
    : [`… ${lines.length - shown.length} more lines; make the terminal larger`];
  const cut = [...shown, ...more].map((line) => [...line].slice(0, size.columns).join(''));
  return `${HOME}${cut.map((line) => line + CLEAR_LINE).join('\n')}\n${CLEAR_BELOW}`;
}
