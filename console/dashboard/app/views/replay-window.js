import { useMemo, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { clock, count, duration } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { WINDOWS } from '../lib/series.js';
import { Loaded } from '../ui/basics.js';
import { Choice } from '../ui/fields.js';
import { placeMs, windowOf } from '../lib/replay.js';

const SHARES = 1_000;
const SPAN_MS = { '15m': 900_000, '3h': 10_800_000, '24h': 86_400_000, '72h': 259_200_000 };

/** A time line with the volume of the log; dragging over it picks the window. */
export function ReplayWindow({ window, pick }) {
  const [span, setSpan] = useState('3h');
  return html`<div class="stack">
    <div class="card-head">
      <h3>Drag over the time line, or type times below</h3>
      <${Choice} label="Time line" options=${WINDOWS} value=${span} onChange=${setSpan} />
    </div>
    <${Line} span=${span} window=${window} pick=${pick} />
  </div>`;
}

function Line({ span, window, pick }) {
  const begin = useMemo(() => new Date(Date.now() - SPAN_MS[span]).toISOString(), [span]);
  const from = useLoad(apiPath(['replays', 'volume'], { from: begin }));
  return html`<${Loaded} from=${from}>
    ${(volume) => html`<${Bars} volume=${volume} window=${window} pick=${pick} />`}
  </${Loaded}>`;
}

function Bars({ volume, window, pick }) {
  const { points, step_seconds: step } = volume;
  const box = useRef(null);
  const [start, setStart] = useState(null);
  const first = Date.parse(points[0].at);
  const last = Date.parse(points.at(-1).at) + step * 1_000;
  const most = Math.max(1, ...points.map(({ offsets }) => offsets));
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
    .map(({ offsets }, index) => {
      const x = (SHARES * index) / points.length;
      const height = (100 * offsets) / most;
      return `M${x} 100v${-height}h${SHARES / points.length}v${height}z`;
    })
    .join('');
  const total = points.reduce((sum, { offsets }) => sum + offsets, 0);
  const text = `${count(total)} offsets written in ${duration((last - first) / 1_000)}`;
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

/** Where the chosen window lies, as a style; null: it is not of times. */
function shareOf({ from, to }, first, last) {
  const begin = from === 'earliest' ? first : placeMs(from, last);
  const end = to === '' ? last : placeMs(to, last);
  if (Number.isNaN(begin) || Number.isNaN(end)) return null;
  const share = (at) => Math.min(100, Math.max(0, (100 * (at - first)) / (last - first)));
  return { left: `${share(begin)}%`, width: `${Math.max(0.2, share(end) - share(begin))}%` };
}
