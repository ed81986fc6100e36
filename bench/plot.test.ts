import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barPlot } from './plot.ts';

test('a plot has a bar for each value, as long as the value asks for', () => {
  const svg = barPlot({
    ...{ title: 'a < b & "c"', hint: 'more is better', format: (value) => value.toFixed(1) },
    bars: [
      { label: 'ours', value: 2, isOurs: true },
      { label: 'another', value: 1, isOurs: false },
    ],
  });
  const widths = [...svg.matchAll(/<rect [^>]*width="(\d+)"/g)].map(([, width]) => Number(width));
  assert.equal(widths[0], 2 * (widths[1] ?? NaN));
  assert.match(svg, />2\.0<[^]*>1\.0</);
  assert.match(svg, />a &lt; b &amp; &quot;c&quot;</);
});
