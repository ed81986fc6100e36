import { useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { clock, count, duration } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { has } from '../lib/routes-there.js';
import { WINDOWS } from '../lib/series.js';
import { Loaded } from '../ui/basics.js';
import { Choice } from '../ui/fields.js';
import { windowOf } from '../lib/replay.js';

const SHARES = 1_000;

/** A time line with the volume of the log; dragging over it picks the window. */
export function ReplayWindow({ window, pick }) {
  const [span, setSpan] = useState('3h');
  if (!has('get', '/series')) return null;
  return html`<div class="stack">
    <div class="card-head">
      <h3>Drag over the time line, or type times below</h3>
      <${Choice} label="Time line" options=${WINDOWS} value=${span} onChange=${setSpan} />
    </div>
    <${Line} span=${span} window=${window} pick=${pick} />
  </div>`;
}

function Line({ span, window, pick }) {
  const from = useLoad(apiPath(['series'], { window: span }));
  return html`<${Loaded} from=${from}>
    ${(series) =>
      series.points.length < 2
        ? html`<p class="soft">No volume is known of this time yet.</p>`
        : html`<${Bars} series=${series} window=${window} pick=${pick} />`}
  </${Loaded}>`;
}

function Bars({ series, window, pick }) {
  const { points, step_seconds: step } = series;
  const box = useRef(null);
  const [start, setStart] = useState(null);
  const first = ms(points[0].at);
  const last = ms(points.at(-1).at) + step * 1_000;
  const most = Math.max(1, ...points.map(volume));
  const timeAt = (event) => {
    const { left, width } = box.current.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    return first + share * (last - first);
  };
  const onPointerDown = (event) => {
    box.current.setPointerCapture(event.pointerId);
    setStart(timeAt(event));
  };
  const onPointerMove = (event) => start !== null && pick(windowOf(start, timeAt(event)));
  const chosen = shareOf(window, first, last);
  const path = points
    .map((point, index) => {
      const x = (SHARES * index) / points.length;
      const height = (100 * volume(point)) / most;
      return `M${x} 100v${-height}h${SHARES / points.length}v${height}z`;
    })
    .join('');
  const total = points.reduce((sum, point) => sum + volume(point), 0);
  const text = `${count(total)} attempts in ${duration((last - first) / 1_000)}`;
  return html`<div>
    <div ref=${box} class="volume" onPointerDown=${onPointerDown} onPointerMove=${onPointerMove}
      onPointerUp=${() => setStart(null)}>
      <svg viewBox="0 0 ${SHARES} 100" preserveAspectRatio="none" role="img" aria-label=${text}>
        <path d=${path} />
      </svg>
      ${chosen && html`<span class="volume-window" style=${chosen} />`}
    </div>
    <div class="timeline-ends soft small">
      <span>${clock(first)}</span><span>${text}</span><span>${clock(last)}</span>
    </div>
  </div>`;
}

function volume(point) {
  return (point.delivered ?? 0) + (point.failed ?? 0) + (point.dead_lettered ?? 0);
}

function ms(at) {
  return typeof at === 'number' ? at : Date.parse(at);
}

/** Where the chosen window lies, as a style; null: it is not of times. */
function shareOf({ from, to }, first, last) {
  const begin = from === 'earliest' ? first : Date.parse(from);
  const end = to === '' ? last : Date.parse(to);
  if (Number.isNaN(begin) || Number.isNaN(end)) return null;
  const share = (at) => Math.min(100, Math.max(0, (100 * (at - first)) / (last - first)));
  return { left: `${share(begin)}%`, width: `${Math.max(0.2, share(end) - share(begin))}%` };
}
