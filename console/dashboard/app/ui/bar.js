import { html } from '../lib/html.js';
import { count, percent } from '../lib/format.js';

/**
 * A bar of several parts, such as delivered and dead.
 *
 * @typedef {{ name: string, value: number, tone: string }} Part
 * @param {{ label: string, total: number, parts: Part[], text?: string }} given `text` instead of
 *   the share that all parts have
 */
export function Bar({ label, total, parts, text }) {
  const all = Math.max(1, total);
  const some = parts.filter(({ value }) => value > 0);
  const spoken =
    some.map(({ name, value }) => `${count(value)} ${name}`).join(', ') || 'nothing yet';
  const done = some.reduce((sum, { value }) => sum + value, 0);
  return html`<div class="bar-line">
    <div class="bar" role="img" aria-label="${label}: ${spoken}" title=${spoken}>
      ${some.map(({ name, value, tone }) => {
        const width = `${Math.min(100, Math.max(0.6, (100 * value) / all))}%`;
        return html`<span key=${name} class="fill ${tone}" style=${{ width }} />`;
      })}
    </div>
    <span class="bar-text">${text ?? percent(done, total)}</span>
  </div>`;
}
