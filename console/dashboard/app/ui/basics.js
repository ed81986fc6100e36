import { html } from '../lib/html.js';
import { ago, clock, stateName } from '../lib/format.js';
import { now } from '../lib/live.js';

/** What each state means to somebody who has to act: green, grey, amber or red. */
const TONES = {
  ok: 'good',
  done: 'good',
  delivered: 'good',
  enabled: 'good',
  running: 'busy',
  reading: 'busy',
  in_flight: 'busy',
  queued: 'soft',
  waiting: 'soft',
  idle: 'soft',
  cancelled: 'soft',
  paused: 'warn',
  throttled: 'warn',
  retrying: 'warn',
  degraded: 'warn',
  disabled: 'warn',
  dead: 'bad',
  failed: 'bad',
  failing: 'bad',
  'circuit-open': 'bad',
  down: 'bad',
};

export function toneOf(state) {
  return TONES[state] ?? 'soft';
}

export function State({ state, label = stateName(state), title }) {
  return html`<span class="state ${toneOf(state)}" title=${title}>${label}</span>`;
}

/** A time as people say it; the exact one is its title. */
export function Time({ at, none = '–' }) {
  if (at === null || at === undefined) return html`<span class="soft">${none}</span>`;
  const ms = typeof at === 'number' ? at : Date.parse(at);
  const iso = Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
  return html`<time datetime=${iso} title=${clock(ms)}>${ago(ms, now.value)}</time>`;
}

export function Empty({ title, children }) {
  return html`<div class="empty"><p class="empty-title">${title}</p>${children}</div>`;
}

/** A request that failed, where its result would be. */
export function Failure({ error, retry }) {
  return html`<div class="note bad" role="alert">
    <p>${error.message}</p>
    ${error.requestId && html`<p class="soft small">request ${error.requestId}</p>`}
    ${retry && html`<button type="button" onClick=${retry}>Try again</button>`}
  </div>`;
}

/** What a view shows of something that is loaded: a failure, a wait, or the thing itself. */
export function Loaded({ from, children }) {
  const { data, error, reload } = from;
  if (data !== null) {
    return html`${error && html`<${Failure} error=${error} retry=${reload} />`}${children(data)}`;
  }
  if (error) return html`<${Failure} error=${error} retry=${reload} />`;
  return html`<p class="loading" role="status">Loading…</p>`;
}

/** Head of a view: its name, which gets the focus when the view opens, and what can be done. */
export function Head({ title, above, children, actions }) {
  return html`<header class="head">
    <div class="head-text">
      ${above && html`<p class="above">${above}</p>`}
      <h1 tabindex="-1">${title}</h1>
      ${children}
    </div>
    ${actions && html`<div class="actions">${actions}</div>`}
  </header>`;
}

export function Card({ title, actions, children, className = '' }) {
  return html`<section class="card ${className}">
    ${title && html`<div class="card-head"><h2>${title}</h2>${actions}</div>`}
    ${children}
  </section>`;
}

/** Names and values, such as the settings of an endpoint. */
export function Facts({ items }) {
  const shown = items.filter(Boolean);
  return html`<dl class="facts">
    ${shown.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

/** One figure with its name; a link where something is behind it. */
export function Figure({ name, value, tone = '', href, title }) {
  const inside = html`<b class=${tone}>${value}</b><span>${name}</span>`;
  if (href) return html`<a class="figure" href=${href} title=${title}>${inside}</a>`;
  return html`<div class="figure" title=${title}>${inside}</div>`;
}
