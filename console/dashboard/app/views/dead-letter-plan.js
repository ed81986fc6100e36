import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { sendJson } from '../lib/api.js';
import { selectionBody } from '../lib/dead-letters.js';
import { count, plural } from '../lib/format.js';

/**
 * What an action on dead letters would do, by a dry run of it.
 *
 * @param {string} path of the action
 * @returns `body` names the dead letters that are meant
 */
export function usePlan(path, ids, query) {
  const [plan, setPlan] = useState(null);
  const [error, setError] = useState(null);
  const body = selectionBody(ids, query);
  useEffect(() => {
    const dryRun = { ...body, dry_run: true };
    sendJson('POST', path, dryRun, { timeoutMs: null }).then(setPlan, setError);
  }, []);
  return { plan, body, error, setError };
}

/** What a dry run has found. */
export function Plan({ plan, verb = 'put back into delivery' }) {
  if (plan === null) return html`<p class="loading" role="status">Counting…</p>`;
  const { matched, skipped = {}, failures = [] } = plan;
  return html`<div class="stack" role="status">
    <p><b>${plural(matched, 'dead letter')}</b> would be ${verb}. Nothing is changed yet.</p>
    <ul class="stack small">
      ${failures.map(
        ({ subscription, status: cause, count: many }) =>
          html`<li key=${`${subscription} ${cause}`}>
            <b>${count(many)}</b> of ${subscription ?? 'the default endpoint'}:${' '}
            ${cause === null ? 'no answer' : `HTTP ${cause}`}
          </li>`,
      )}
      ${Object.entries(skipped).map(
        ([reason, many]) =>
          html`<li key=${reason} class="warn">${count(many)} cannot be delivered: ${reason}</li>`,
      )}
    </ul>
  </div>`;
}
