// Which endpoint the text of a field means. Pure.

import { shortUrl } from './format.js';

const LISTED_MAX = 5;

/**
 * Finds the endpoint that a text means: by its id, or by a name that it alone has.
 *
 * @param {string} text
 * @param {{ id: string, text: string }[]} choices as `endpointChoices` has them
 * @returns {{ id: string, error: string }} `error` empty: the text means the endpoint `id`
 */
export function endpointMeant(text, choices) {
  const given = text.trim();
  if (given === '' || choices.some(({ id }) => id === given)) return { id: given, error: '' };
  const found = named(given, choices);
  if (found.length === 1) return { id: found[0].id, error: '' };
  if (found.length > 1) return { id: '', error: `Several endpoints match: ${listed(found)}.` };
  // A field offers no more endpoints than the API lists at once, and a deleted one has deliveries.
  if (given.startsWith('sub_')) return { id: given, error: '' };
  return { id: '', error: `No endpoint is called “${given}”. There are: ${listed(choices)}.` };
}

/** A whole description or URL counts before a part of one. */
function named(given, choices) {
  const wanted = [given, shortUrl(given)].map((one) => one.toLowerCase());
  const whole = choices.filter(({ text }) =>
    text.split(' · ').some((name) => wanted.includes(name.toLowerCase())),
  );
  if (whole.length > 0) return whole;
  return choices.filter(({ text }) => wanted.some((one) => text.toLowerCase().includes(one)));
}

function listed(choices) {
  const shown = choices.slice(0, LISTED_MAX).map(({ id, text }) => `${text} (${id})`);
  const rest = choices.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}
