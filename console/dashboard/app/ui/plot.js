import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { html } from '../lib/html.js';
import { theme } from './theme.js';

const HEIGHT = 150;

/**
 * A plot over time with the latest values in its legend.
 *
 * @param {{ title: string, at: number[], format: (value: number) => string,
 *   steps: number[], axisTexts?: (marks: number[], step: number) => string[],
 *   series: { name: string, color: string, values: (number | null)[] }[] }} given `at` in seconds
 *   since 1970; `color` is the name of a variable of the style; `steps`: those between the marks of
 *   the axis; `axisTexts`: their texts where `format` is too long
 */
export function Plot({ title, at, series, format, steps, axisTexts }) {
  const box = useRef(null);
  const plot = useRef(null);
  const rows = [at, ...series.map(({ values }) => values)];
  const data = /** @type {import('uplot').AlignedData} */ (rows);
  const shape = `${theme.value} ${series.map(({ name }) => name).join()}`;
  useEffect(() => {
    const canvas = box.current;
    const made = new uPlot(
      optionsOf({
        ...{ series, steps, width: canvas.clientWidth },
        texts: axisTexts ?? ((marks) => marks.map(format)),
      }),
      data,
    );
    canvas.replaceChildren(made.root);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: canvas.clientWidth, height: HEIGHT });
    });
    observer.observe(canvas);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current.setData(data), [at, series]);
  const latest = series.map(({ values }) => values.findLast((value) => value !== null) ?? null);
  return html`<figure class="plot">
    <figcaption>
      <h3>${title}</h3>
      <ul class="legend">
        ${series.map(
          ({ name, color }, index) =>
            html`<li key=${name}>
              <span class="key ${color}" aria-hidden="true" />${name}${' '}
              <b>${latest[index] === null ? '–' : format(latest[index])}</b>
            </li>`,
        )}
      </ul>
    </figcaption>
    <div ref=${box} class="canvas" aria-hidden="true" />
  </figure>`;
}

/** Values without a neighbour, which no line would show. @returns {number[]} */
function alone(plot, index) {
  const values = plot.data[index];
  const isGap = (at) => values[at] == null;
  return [...values.keys()].filter((at) => !isGap(at) && isGap(at - 1) && isGap(at + 1));
}

/** From zero, with some room above the highest value. @returns {[number, number]} */
function rangeOf(_plot, _min, max) {
  return [0, max > 0 ? max * 1.1 : 1];
}

function optionsOf({ series, steps, texts, width }) {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: color('soft'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: color('line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: { y: { range: rangeOf } },
    axes: [
      { ...axis, space: 70, size: 26, values: '{HH}:{mm}' },
      {
        ...{ ...axis, size: 52, space: 32, incrs: steps },
        values: (_plot, marks, _axis, _space, step) => texts(marks, step),
      },
    ],
    series: [
      {},
      ...series.map((one) => ({
        label: one.name,
        stroke: color(one.color),
        fill: one.isFilled ? `${color(one.color)}22` : undefined,
        width: 1.5,
        points: { show: true, size: 4, filter: alone },
        spanGaps: false,
      })),
    ],
  };
}
