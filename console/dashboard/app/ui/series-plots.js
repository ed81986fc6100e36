import { useMemo } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { compact, duration, millis, rate, shortDuration } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { route, setQuery } from '../lib/route.js';
import { has } from '../lib/routes-there.js';
import { WINDOWS, columnsOf, windowOf } from '../lib/series.js';
import { Card, Loaded } from './basics.js';
import { Choice } from './fields.js';
import { Plot } from './plot.js';

const EVERY_MS = 5_000;

/** What happened over time, of the whole system or of one endpoint. */
export function SeriesPlots({ subscription }) {
  if (!has('get', '/series')) return null;
  return html`<${Plots} subscription=${subscription} />`;
}

function Plots({ subscription }) {
  const window = windowOf(route.value.query.window);
  const from = useLoad(apiPath(['series'], { window, subscription }), { everyMs: EVERY_MS });
  const choice = html`<${Choice} label="Window" options=${WINDOWS} value=${window}
    onChange=${(next) => setQuery({ window: next })} />`;
  return html`<${Card} title="Over time" actions=${choice}>
    <${Loaded} from=${from}>${(answer) => html`<${Four} answer=${answer} />`}</${Loaded}>
  </${Card}>`;
}

function Four({ answer }) {
  const { at, values, perSecond } = useMemo(() => columnsOf(answer), [answer]);
  const plots = useMemo(
    () => [
      {
        title: 'Deliveries a second',
        format: rate,
        series: [
          { name: 'delivered', color: 'good', values: perSecond('delivered'), isFilled: true },
          { name: 'failed', color: 'warn', values: perSecond('failed') },
          { name: 'dead', color: 'bad', values: perSecond('dead_lettered') },
        ],
      },
      {
        title: 'Time to answer',
        format: millis,
        series: [
          { name: 'p50', color: 'accent', values: values('p50_ms') },
          { name: 'p99', color: 'warn', values: values('p99_ms') },
        ],
      },
      {
        title: 'Deliveries waiting',
        format: compact,
        series: [{ name: 'waiting', color: 'accent', values: values('waiting'), isFilled: true }],
      },
      {
        title: 'Behind',
        format: duration,
        axisFormat: shortDuration,
        series: [
          { name: 'oldest', color: 'accent', values: values('lag_seconds'), isFilled: true },
        ],
      },
    ],
    [answer],
  );
  return html`<div class="plots">
    ${plots.map((plot) => html`<${Plot} key=${plot.title} at=${at} ...${plot} />`)}
  </div>`;
}
