import { useMemo } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { compact, duration, millis, rate } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { route, setQuery } from '../lib/route.js';
import { WINDOWS, columnsOf, windowOf } from '../lib/series.js';
import { SECONDS, TENTHS, WHOLE, secondsTexts } from '../lib/ticks.js';
import { Card, Loaded } from './basics.js';
import { Choice } from './fields.js';
import { Plot } from './plot.js';

/** As often as a window has a new point, and at least every two minutes. */
const EVERY_MS = { '15m': 5_000, '3h': 60_000, '24h': 120_000, '72h': 120_000 };

/** What happened over time, of the whole system or of one endpoint. */
export function SeriesPlots({ subscription }) {
  const window = windowOf(route.value.query.window);
  const from = useLoad(apiPath(['series'], { window, subscription }), {
    everyMs: EVERY_MS[window],
  });
  const choice = html`<${Choice} label="Window" options=${WINDOWS} value=${window}
    onChange=${(next) => setQuery({ window: next })} />`;
  return html`<${Card} title="Over time" actions=${choice}>
    <${Loaded} from=${from}>
      ${(answer) => html`<${Four} answer=${answer} isOfAll=${!subscription} />`}
    </${Loaded}>
  </${Card}>`;
}

function Four({ answer, isOfAll }) {
  const { at, values, perSecond } = useMemo(() => columnsOf(answer), [answer]);
  const plots = useMemo(
    () => [
      {
        title: 'Deliveries a second',
        ...{ format: rate, steps: TENTHS },
        series: [
          { name: 'delivered', color: 'good', values: perSecond('delivered'), isFilled: true },
          { name: 'failed', color: 'warn', values: perSecond('failed') },
          { name: 'dead', color: 'bad', values: perSecond('dead_lettered') },
        ],
      },
      {
        title: 'Time to answer',
        ...{ format: millis, steps: TENTHS },
        series: [
          { name: 'p50', color: 'accent', values: values('p50_ms') },
          { name: 'p99', color: 'warn', values: values('p99_ms') },
        ],
      },
      {
        title: 'Deliveries waiting',
        ...{ format: compact, steps: WHOLE },
        series: [{ name: 'waiting', color: 'accent', values: values('waiting'), isFilled: true }],
      },
      {
        title: 'Behind',
        ...{ format: duration, steps: SECONDS, axisTexts: secondsTexts },
        series: [
          { name: 'oldest', color: 'accent', values: values('lag_seconds'), isFilled: true },
        ],
      },
    ],
    [answer],
  );
  return html`<div class="plots">
    ${plots
      .slice(0, isOfAll ? 4 : 2)
      .map((plot) => html`<${Plot} key=${plot.title} at=${at} ...${plot} />`)}
  </div>`;
}
