import { html } from '../lib/html.js';

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {unknown} [header] shown instead of the title
 * @property {(row: any) => unknown} cell
 * @property {string} [className]
 * @property {boolean} [isHidden]
 */

/**
 * A table; on a narrow screen each row is a block whose cells carry the names of their columns.
 *
 * @param {object} given
 * @param {string} given.label says what is listed, for screen readers
 * @param {Column[]} given.columns
 * @param {any[]} given.rows
 * @param {(row: any) => string | number} given.keyOf
 */
export function Table({ label, columns, rows, keyOf }) {
  const shown = columns.filter(({ isHidden }) => !isHidden);
  return html`<div class="scroll" role="region" aria-label=${label} tabindex="0">
    <table role="table" aria-label=${label}>
      <thead role="rowgroup">
        <tr role="row">
          ${shown.map(
            ({ title, className, header }) =>
              html`<th key=${title} role="columnheader" scope="col" class=${className}>
                ${header ?? title}
              </th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(
          (row) =>
            html`<tr key=${keyOf(row)} role="row">
              ${shown.map(
                ({ title, cell, className }) =>
                  html`<td key=${title} role="cell" data-title=${title} class=${className}>
                    ${cell(row)}
                  </td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
