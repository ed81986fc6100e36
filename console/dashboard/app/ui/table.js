import { html } from '../lib/html.js';

/**
 * A table; on a narrow screen each row is a block whose cells carry the names of their columns.
 *
 * @param {object} given
 * @param {string} given.label says what is listed, for screen readers
 * @param {{ title: string, cell: (row: object) => unknown, className?: string,
 *   isHidden?: boolean }[]} given.columns
 * @param {(row: object) => string | number} given.keyOf
 */
export function Table({ label, columns, rows, keyOf, toneOf = () => '' }) {
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
            html`<tr key=${keyOf(row)} role="row" class=${toneOf(row)}>
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
