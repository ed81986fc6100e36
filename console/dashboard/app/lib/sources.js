// What the page knows of sources. Pure.

/**
 * The body of a request, of the values of its form.
 *
 * @param {Record<string, string>} values empty ones are left out
 */
export function sourceBody({ to_default: toDefault, ...values }) {
  // An input that was emptied means what the API takes where nothing is said.
  const rules = { user_id: 'key', event_type: 'header:event-type' };
  return { ...rules, ...values, to_default: toDefault === 'true' };
}

/**
 * What consumers say of sources: schemas that their records wait for.
 *
 * @param {{ consumers: { alarms: { kind: string, detail: string }[] }[] } | null} status
 * @returns {string[]} each once
 */
export function schemasWaitedFor(status) {
  const alarms = status?.consumers.flatMap((one) => one.alarms) ?? [];
  const of = alarms.filter(({ kind }) => kind === 'schema-unavailable');
  return [...new Set(of.map(({ detail }) => detail))];
}

/** How a source stands for somebody who has to act: with lag that nobody reads, it is behind. */
export function toneOfSource({ state }) {
  return state === 'reading' ? 'ok' : state === 'starting' ? 'waiting' : 'failed';
}
