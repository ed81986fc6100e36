import { html } from '../lib/html.js';
import { waitingState } from '../lib/endpoints.js';
import { compact, count, duration, plural, rate } from '../lib/format.js';
import { status } from '../lib/live.js';
import { link } from '../lib/route.js';
import { headline } from '../frame/headline.js';
import { Card, Empty, Figure, Head, Time } from '../ui/basics.js';
import { SeriesPlots } from '../ui/series-plots.js';
import { Table } from '../ui/table.js';
import { EndpointsBehind } from './overview-endpoints.js';

/** The whole system at a glance: is it well, and if not, what to do. */
export function Overview() {
  const now = status.value;
  return html`
    <${Head} title="Overview" />
    <${Banner} />
    ${
      now === null
        ? html`<p class="loading" role="status">Loading…</p>`
        : html`
      <${Figures} now=${now} />
      <${SeriesPlots} />
      <${EndpointsBehind} endpoints=${now.endpoints} />
      <${Consumers} consumers=${now.consumers} brokers=${now.brokers}
        seenAt=${now.broker_seen_at} />
    `
    }
  `;
}

function Banner() {
  const { state, text, actions } = headline.value;
  return html`<section class="banner ${state}" aria-label="State of the system">
    <h2>${text}</h2>
    <div class="actions">
      ${actions.map(
        ({ text: action, href }) =>
          html`<a key=${action} class="button" href=${href}>${action}</a>`,
      )}
    </div>
  </section>`;
}

function Figures({ now }) {
  const { deliveries, endpoints, oldest_waiting_seconds: lag } = now;
  const perSecond = endpoints.reduce((sum, one) => sum + one.rate, 0);
  const dead = deliveries.dead_lettered;
  const toDeliveries = (state) => link(['deliveries'], { status: state });
  return html`<section class="figures" aria-label="Deliveries">
    <${Figure} name="delivered a second" value=${rate(perSecond)} title="mean of the last minute" />
    <${Figure} name="delivered" value=${compact(deliveries.delivered)}
      title=${count(deliveries.delivered)} href=${toDeliveries('delivered')} />
    <${Figure} name="waiting" value=${compact(deliveries.waiting)}
      title=${count(deliveries.waiting)} href=${toDeliveries(waitingState(endpoints))} />
    <${Figure} name="behind" value=${lag === 0 ? 'nothing' : duration(lag)}
      title="age of the oldest delivery that waits" />
    <${Figure} name="in flight" value=${count(deliveries.in_flight)}
      href=${toDeliveries('in_flight')} />
    <${Figure} name="retrying" value=${compact(deliveries.retrying)}
      tone=${deliveries.retrying > 0 ? 'warn' : ''} href=${toDeliveries('retrying')} />
    <${Figure} name="dead letters" value=${compact(dead)} title=${count(dead)}
      tone=${dead > 0 ? 'bad' : ''} href=${link(['dead-letters'])} />
  </section>`;
}

function Consumers({ consumers, brokers, seenAt }) {
  const alarms = consumers.flatMap((one) => one.alarms.map((alarm) => ({ ...alarm, of: one })));
  const columns = [
    { title: 'Consumer', cell: ({ client_id: id }) => html`<span class="mono">${id}</span>` },
    { title: 'Host', className: 'text', cell: ({ host }) => host },
    { title: 'Partitions', cell: ({ partitions }) => partitionsText(partitions) },
    {
      title: 'Alarms',
      className: 'text',
      cell: ({ alarms: own }) =>
        own.length === 0
          ? html`<span class="soft">none</span>`
          : html`<span class="bad">${plural(own.length, 'alarm')}</span>`,
    },
  ];
  return html`<div class="columns">
    <${Card} title="Alarms">
      ${alarms.length === 0 && html`<${Empty} title="No alarm" />`}
      <p class="soft small">Consumers raise an alarm where waiting does not help: deliveries of a user
        are stuck, an endpoint is far behind, the log will soon delete what waits, or a topic cannot be
        read. Failing endpoints and dead letters are no alarms: they stand in the first line.</p>
      <ul class="stack">
        ${alarms.map(
          ({ kind, detail, of }) =>
            html`<li key=${kind + detail} class="note bad">
              <b>${kind}</b><span>${detail}</span>
              <span class="soft small">${of.client_id}</span>
            </li>`,
        )}
      </ul>
    </${Card}>
    <${Card} title="Consumers">
      ${
        consumers.length === 0
          ? html`<${Empty} title="No consumer runs">
            <p>Nothing is delivered. Start one: <code>npm run consumer</code></p>
          </${Empty}>`
          : html`<${Table} label="Consumers" columns=${columns} rows=${consumers}
            keyOf=${({ client_id: id }) => id} />`
      }
      <p class="soft small">Kafka: <bdi>${brokers.join(', ') || 'not seen yet'}</bdi>
        ${seenAt && html`, answered <${Time} at=${seenAt} />`}
      </p>
    </${Card}>
  </div>`;
}

function partitionsText(partitions) {
  if (partitions.length === 0) return 'none';
  return partitions.toSorted((a, b) => a - b).join(', ');
}
