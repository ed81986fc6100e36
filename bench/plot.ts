/** One bar of a plot. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Whether the bar stands out. */
  readonly isOurs: boolean;
}

interface Plot {
  readonly title: string;
  /** Direction of the better values, such as `more is better`. */
  readonly hint: string;
  readonly bars: readonly Bar[];
  /** How a value is written. */
  readonly format: (value: number) => string;
}

const WIDTH = 720;
const LABEL_WIDTH = 230;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 22;
const STEP = 32;
const TOP = 62;

/** Draws horizontal bars as an SVG that is read on light and on dark pages. */
export function barPlot({ title, hint, bars, format }: Plot): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const lines = bars.map(({ label, value, isOurs }, n) => {
    const y = TOP + n * STEP;
    const width = Math.round(((WIDTH - LABEL_WIDTH - VALUE_WIDTH) * value) / most);
    const middle = y + BAR_HEIGHT / 2 + 5;
    const weight = isOurs ? ' font-weight="bold"' : '';
    return [
      `<text x="${LABEL_WIDTH - 10}" y="${middle}" text-anchor="end"${weight}>${escaped(label)}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="3" fill="${isOurs ? '#2f6fed' : '#9aa4b2'}"/>`,
      `<text x="${LABEL_WIDTH + width + 8}" y="${middle}"${weight}>${escaped(format(value))}</text>`,
    ].join('\n');
  });
  const height = TOP + bars.length * STEP + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="14">
<style>text { fill: #1f2430 } @media (prefers-color-scheme: dark) { text { fill: #e6e9ef } }</style>
<text x="10" y="24" font-size="17" font-weight="bold">${escaped(title)}</text>
<text x="10" y="45" opacity="0.7">${escaped(hint)}</text>
${lines.join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
