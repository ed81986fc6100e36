import { json, jsonBody, keyProblems } from '../../common/http/describe.ts';
import { route } from '../../common/http/route.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { deadLetterView } from './dead-letter.ts';
import { ALL_DEAD_LETTERS } from './redrive-filter.ts';
import type { Redriver } from './redriver.ts';
import {
  DeadLettersQuery,
  DiscardBody,
  RedriveBody,
  toListFilter,
  toRedriveFilter,
} from './requests.ts';
import {
  DeadLetterGroups,
  DeadLetterPage,
  Discarded,
  RedriveCount,
  RedriveState,
  Redriven,
} from './schemas.ts';
import type { DeadLetterView } from './view.ts';

interface Deps {
  readonly view: DeadLetterView;
  readonly redriver: Redriver;
}

const BODY_BYTES_MAX = 1024 ** 2;
const ALL = { filter: ALL_DEAD_LETTERS, rate: null, isDryRun: false };
const tags = ['dead letters'];
/** Problems of what puts dead letters back. */
const REDRIVE = ['conflict', 'redrive-fenced', 'broker-unavailable'] as const;

const listDeadLetters = route(
  {
    method: 'get',
    path: '/dead-letters',
    operationId: 'listDeadLetters',
    ...{ tags, summary: 'List dead letters that were not put back, newest first' },
    request: { query: DeadLettersQuery },
    responses: {
      200: json('A page of dead letters', DeadLetterPage),
      ...keyProblems('invalid-fields', 'too-many-requests'),
    },
  },
  async (c, { view }: Deps) => {
    const query = c.req.valid('query');
    const { cursor, limit } = query;
    const after = cursor === undefined ? null : parseCursor(cursor);
    // One more than asked for tells whether there is another page.
    const found = await view.list(toListFilter(query, Date.now()), after, limit + 1);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    const next_cursor = last ? formatCursor([last.diedAtMs, last.partition, last.offset]) : null;
    return c.json({ dead_letters: page.map(deadLetterView), next_cursor }, 200);
  },
);

const redrive = route(
  {
    bodyBytesMax: BODY_BYTES_MAX,
    method: 'post',
    path: '/dead-letters/redrive',
    operationId: 'redrive',
    ...{ tags, summary: 'Put dead letters back into delivery' },
    description:
      'With a `rate` the redrive goes on in the background; without one it ends before the answer.',
    request: { body: jsonBody(RedriveBody) },
    responses: {
      200: json('Result of a dry run; nothing was changed', RedriveCount),
      202: json('The dead letters are in delivery again', RedriveState),
      ...keyProblems('malformed-json', 'invalid-fields', 'payload-too-large', ...REDRIVE),
    },
  },
  async (c, { redriver }: Deps) => {
    const body = c.req.valid('json');
    const { rate, dry_run: isDryRun } = body;
    const options = { filter: toRedriveFilter(body, Date.now()), rate, isDryRun };
    if (isDryRun) {
      const { matched, skipped, failures } = await redriver.count(options);
      return c.json({ matched, skipped, failures }, 200);
    }
    if (rate === null) {
      const { matched, redriven, skipped } = await redriver.run(options);
      return c.json({ matched, redriven, skipped, state: 'done' } as const, 202);
    }
    // At a rate it may take for hours: nobody waits for that with a request open.
    const { matched, skipped } = await redriver.runInBackground(options);
    return c.json({ matched, redriven: 0, skipped, state: 'running' } as const, 202);
  },
);

const listGroups = route(
  {
    method: 'get',
    path: '/dead-letters/groups',
    operationId: 'listDeadLetterGroups',
    ...{ tags, summary: 'Count the dead letters by endpoint and cause' },
    responses: {
      200: json('At most 200 causes, the most frequent first', DeadLetterGroups),
      ...keyProblems('too-many-requests'),
    },
  },
  async (c, { view }: Deps) => {
    const groups = (await view.causes()).map(({ lastMs, ...cause }) => ({
      ...cause,
      last_died_at: new Date(lastMs).toISOString(),
    }));
    return c.json({ groups }, 200);
  },
);

const discard = route(
  {
    bodyBytesMax: BODY_BYTES_MAX,
    method: 'post',
    path: '/dead-letters/discard',
    operationId: 'discardDeadLetters',
    ...{ tags, summary: 'Give dead letters up for good' },
    description:
      'Each delivery is `cancelled` from then on, with the reason as its error; its record stays ' +
      'in the topic of dead letters until retention takes it.',
    request: { body: jsonBody(DiscardBody) },
    responses: {
      200: json('Result of a dry run; nothing was changed', RedriveCount),
      202: json('The dead letters are discarded', Discarded),
      ...keyProblems('malformed-json', 'invalid-fields', 'payload-too-large', ...REDRIVE),
    },
  },
  async (c, { redriver }: Deps) => {
    const body = c.req.valid('json');
    const { reason = '', dry_run: isDryRun } = body;
    const filter = toRedriveFilter(body, Date.now());
    const options = { filter, rate: null, isDryRun, discardReason: reason };
    if (isDryRun) {
      const { matched, skipped, failures } = await redriver.count(options);
      return c.json({ matched, skipped, failures }, 200);
    }
    const { matched, redriven: discarded } = await redriver.run(options);
    return c.json({ matched, discarded, reason }, 202);
  },
);

const retryAll = route(
  {
    method: 'post',
    path: '/retry',
    operationId: 'retryAll',
    ...{ tags, summary: 'Put every dead letter back into delivery' },
    responses: {
      202: json('The dead letters are in delivery again', Redriven),
      ...keyProblems(...REDRIVE),
    },
  },
  async (c, { redriver }: Deps) => {
    const { matched, redriven, skipped } = await redriver.run(ALL);
    return c.json({ matched, redriven, skipped }, 202);
  },
);

export const deadLetterRoutes = [listDeadLetters, listGroups, redrive, discard, retryAll];
