import { hashOf } from '../lib/hash.js';
import { endpointDetail, endpointName } from '../lib/endpoints.js';
import { SECTIONS } from '../views/sections.js';

const SHOWN_MAX = 14;

/**
 * What a text may mean: a delivery, a user, an endpoint, a file or a view.
 *
 * @param {string} text
 * @param {object | null} status as `GET /status` has it
 * @returns {{ href: string, title: string, detail: string }[]} the likeliest first
 */
export function commandsFor(text, status) {
  const views = SECTIONS.map(({ name, title, key }) => ({
    href: hashOf(name ? [name] : []),
    title,
    detail: `g ${key}`,
  }));
  const actions = [
    { href: hashOf(['endpoints', 'new']), title: 'Create an endpoint', detail: 'action' },
    { href: hashOf(['sources']), title: 'Make a topic a source', detail: 'action' },
    { href: hashOf(['files']), title: 'Upload a file', detail: 'action' },
    { href: hashOf(['replay']), title: 'Replay a window of the log', detail: 'action' },
    { href: hashOf(['dead-letters']), title: 'Redrive dead letters', detail: 'action' },
    {
      href: hashOf(['replay'], { view: 'reset' }),
      title: 'Reset offsets: go on from an earlier time',
      detail: 'action: rewind',
    },
  ];
  if (text === '') return [...views, ...actions].slice(0, SHOWN_MAX);
  const known = [...views, ...actions, ...itemsOf(status)];
  const wanted = text.toLowerCase();
  const matching = known.filter(({ title, detail }) =>
    `${title} ${detail}`.toLowerCase().includes(wanted),
  );
  const isEndpoint = ({ detail }) => detail.startsWith('endpoint ');
  const endpoints = matching.filter(isEndpoint);
  const others = matching.filter((one) => !isEndpoint(one));
  return [...endpoints, ...searchesFor(text), ...others].slice(0, SHOWN_MAX);
}

function searchesFor(text) {
  const byId = {
    href: hashOf(['deliveries', text]),
    title: `Open delivery ${text}`,
    detail: 'by its id',
  };
  const byUser = {
    href: hashOf(['deliveries'], { user: text }),
    title: `Find deliveries to ${text}`,
    detail: 'by user',
  };
  return looksLikeId(text) ? [byId, byUser] : [byUser, byId];
}

/** Ids are long; a user is anything. */
function looksLikeId(text) {
  return /^[\w-]{20,}$/.test(text);
}

function itemsOf(status) {
  if (status === null) return [];
  const endpoints = status.endpoints.map(({ subscription, target: url }) => {
    const id = subscription ?? 'default';
    const detail = `endpoint ${endpointDetail({ id, url })}`;
    return { href: hashOf(['endpoints', id]), title: endpointName({ id, url }), detail };
  });
  const files = status.files.latest.map(({ id, name }) => ({
    href: hashOf(['files', id]),
    title: name,
    detail: `file ${id}`,
  }));
  const sources = (status.sources ?? []).map(({ topic, state }) => ({
    href: hashOf(['sources']),
    title: topic,
    detail: `source, ${state}`,
  }));
  return [...endpoints, ...sources, ...files];
}
