import { html } from '../lib/html.js';
import { apiPath, sendJson } from '../lib/api.js';
import { count, rate } from '../lib/format.js';
import { replayName } from '../lib/replay.js';
import { Bar } from '../ui/bar.js';
import { Card, Empty, Loaded, State, Time } from '../ui/basics.js';
import { confirmed } from '../ui/dialog.js';
import { Table } from '../ui/table.js';
import { attempt } from '../ui/toast.js';

/** Replays that run and those before, newest first. */
export function ReplayList({ from }) {
  const { reload } = from;
  const columns = [
    { title: 'Replay', className: 'text', cell: replayName },
    { title: 'State', cell: ({ state }) => html`<${State} state=${state} />` },
    { title: 'Read', className: 'bars', cell: (one) => html`<${Read} replay=${one} />` },
    { title: 'Put back', className: 'number', cell: ({ copied }) => count(copied) },
    { title: 'Skipped', className: 'text', cell: (one) => html`<${Skipped} of=${one.skipped} />` },
    {
      title: 'Rate',
      className: 'number',
      cell: (one) => (one.rate === null ? 'full' : rate(one.rate)),
    },
    { title: 'Began', className: 'nowrap', cell: (one) => html`<${Time} at=${one.started_at} />` },
    {
      title: 'Action',
      cell: (one) =>
        one.state === 'running' &&
        html`<button type="button" class="small" onClick=${() => cancel(one, reload)}>
          Cancel
        </button>`,
    },
  ];
  return html`<${Card} title="Replays">
    <${Loaded} from=${from}>
      ${({ replays }) =>
        replays.length === 0
          ? html`<${Empty} title="No replay yet" />`
          : html`<${Table} label="Replays, newest first" columns=${columns} rows=${replays}
              keyOf=${({ id }) => id} />`}
    </${Loaded}>
  </${Card}>`;
}

function Read({ replay }) {
  const { read, offsets, state } = replay;
  const tone = state === 'done' ? 'good' : state === 'cancelled' ? 'soft' : 'busy';
  const parts = [{ name: 'offsets read', value: offsets === 0 ? 1 : read, tone }];
  return html`<${Bar} label="Replay" total=${Math.max(1, offsets)} parts=${parts} />`;
}

/** How many records were not put back, and why, also while the replay runs. */
function Skipped({ of }) {
  const reasons = Object.entries(of);
  if (reasons.length === 0) return html`<span class="soft">none</span>`;
  return html`<ul>
    ${reasons.map(
      ([reason, many]) =>
        html`<li key=${reason}>${count(many)}: <span class="soft">${reason}</span></li>`,
    )}
  </ul>`;
}

async function cancel({ id }, reload) {
  const sure = await confirmed({
    title: 'Cancel this replay?',
    text: 'What it has put back stays in delivery; the rest of its window is not read.',
    action: 'Cancel the replay',
    isDangerous: true,
  });
  if (sure === null) return;
  await attempt(() => sendJson('DELETE', apiPath(['replays', id])), 'The replay is cancelled');
  reload();
}
