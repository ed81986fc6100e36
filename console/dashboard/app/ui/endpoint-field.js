import { useId, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { endpointMeant } from '../lib/endpoint-choice.js';
import { endpointChoices } from '../lib/endpoints.js';
import { status } from '../lib/live.js';
import { useLoad } from '../lib/load.js';
import { Field } from './fields.js';

/** As many as the API lists at once; the id of any other can be typed. */
const OFFERED_MAX = 500;

/**
 * A field for an endpoint: it offers those that are there, and takes a name or any id that is
 * typed. A name becomes the id before the form is sent, or keeps the form from being sent. The hint
 * gives way to the name of the endpoint that is chosen.
 */
export function EndpointField({ label = 'Endpoint', hint, error, ...rest }) {
  const list = useId();
  const [chosen, setChosen] = useState('');
  const [unclear, setUnclear] = useState('');
  const { data } = useLoad(apiPath(['subscriptions'], { limit: OFFERED_MAX }));
  const all = endpointChoices(data?.subscriptions ?? [], status.value?.endpoints ?? []);
  const settle = (input, { id, error: problem }) => {
    input.setCustomValidity(problem);
    setChosen(id);
    setUnclear(problem);
  };
  const onInput = ({ target }) => settle(target, { id: target.value.trim(), error: '' });
  const onChange = ({ target }) => {
    if (data === null) return;
    const meant = endpointMeant(target.value, all);
    if (meant.error === '') target.value = meant.id;
    settle(target, meant);
  };
  const text = all.find(({ id }) => id === chosen)?.text;
  return html`
    <${Field} label=${label} name="subscription" placeholder="Choose or type"
      list=${list} hint=${text ?? hint} error=${unclear || pageWords(error)}
      onInput=${onInput} onChange=${onChange} ...${rest} />
    <datalist id=${list}>
      ${all.map(({ id, text }) => html`<option key=${id} value=${id} label=${text} />`)}
    </datalist>
  `;
}

/** The API calls an endpoint a subscription, and the page does not. */
function pageWords(rule) {
  return rule?.replaceAll('a subscription', 'an endpoint').replaceAll('subscription', 'endpoint');
}
