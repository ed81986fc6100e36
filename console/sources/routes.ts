import { z } from 'zod';
import { refusedField } from '../../common/http/body.ts';
import { json, jsonBody, keyProblems, link } from '../../common/http/describe.ts';
import { route } from '../../common/http/route.ts';
import type { Logger } from '../../common/base/logger.ts';
import { TOPIC_ALLOWED, canBeSource } from '../../common/model/source.ts';
import type { Source } from '../../common/model/source.ts';
import type { SourceRules } from '../../common/model/stored-source.ts';
import { placeOf } from '../query/log-position.ts';
import { CreateBody, ListQuery, PatchBody } from './body.ts';
import { SourcePage, SourceView } from './schemas.ts';
import { unknownSource } from './store.ts';
import type { SourceStore } from './store.ts';
import { sourceView } from './view.ts';
import type { ViewDeps } from './view.ts';

export interface SourceDeps extends ViewDeps {
  readonly store: SourceStore;
  /** Beginning of the names of our own topics, which can be no sources. */
  readonly prefix: string;
  readonly logger: Logger;
}

const tags = ['sources'];
const params = z.object({ topic: z.string().min(1).meta({ example: 'orders' }) });
const LINKS = {
  ...{ get: link('getSource', 'topic', 'topic'), update: link('updateSource', 'topic', 'topic') },
  ...{ delete: link('deleteSource', 'topic', 'topic') },
};
const BODY = ['malformed-json', 'invalid-fields', 'payload-too-large'] as const;
const ALWAYS = ['broker-unavailable'] as const;

const create = route(
  {
    method: 'post',
    path: '/sources',
    operationId: 'createSource',
    ...{ tags, summary: 'Make a topic of yours a source of events' },
    description:
      'Consumers read it within a second or so. A topic that does not exist, or may not be read, ' +
      'is accepted, and read as soon as it can be; `state` and `reason` say so.',
    request: { body: jsonBody(CreateBody) },
    responses: {
      201: { ...json('The source that was made', SourceView), links: LINKS },
      ...keyProblems(...BODY, 'conflict', ...ALWAYS),
    },
  },
  async (c, deps: SourceDeps) => {
    const { topic, from, ...rules } = c.req.valid('json');
    if (!canBeSource(topic, deps.prefix)) {
      throw refusedField('topic', { topic }, TOPIC_ALLOWED.replace('allowed: ', ''));
    }
    await deps.store.create(topic, rulesOf(rules) as SourceRules, placeOf(from, Date.now()));
    deps.logger.info({ topic, from, ...rules }, 'source.created');
    return c.json(viewNow(topic, deps), 201, { location: `/sources/${topic}` });
  },
);

const list = route(
  {
    method: 'get',
    path: '/sources',
    operationId: 'listSources',
    ...{ tags, summary: 'List sources, by the names of their topics' },
    request: { query: ListQuery },
    responses: {
      200: json('A page of sources', SourcePage),
      ...keyProblems('invalid-fields', ...ALWAYS),
    },
  },
  async (c, deps: SourceDeps) => {
    const { limit, cursor = '' } = c.req.valid('query');
    await deps.store.loaded();
    const rest = all(deps).filter(({ topic }) => topic > cursor);
    const page = rest.slice(0, limit);
    const next_cursor = rest.length > limit ? (page.at(-1)?.topic ?? null) : null;
    return c.json({ sources: page.map((one) => sourceView(one, deps)), next_cursor }, 200);
  },
);

const get = route(
  {
    method: 'get',
    path: '/sources/{topic}',
    operationId: 'getSource',
    ...{ tags, summary: 'Get a source' },
    request: { params },
    responses: {
      200: json('The requested source', SourceView),
      ...keyProblems('not-found', ...ALWAYS),
    },
  },
  async (c, deps: SourceDeps) => {
    const { topic } = c.req.valid('param');
    await deps.store.check(topic);
    return c.json(viewNow(topic, deps), 200);
  },
);

const update = route(
  {
    method: 'patch',
    path: '/sources/{topic}',
    operationId: 'updateSource',
    ...{ tags, summary: 'Change how the records of a source are read' },
    description:
      'Fields that are absent stay as they are. Records that are read from now on count.',
    request: { params, body: jsonBody(PatchBody) },
    responses: {
      200: json('The changed source', SourceView),
      ...keyProblems(...BODY, 'not-found', 'conflict', ...ALWAYS),
    },
  },
  async (c, deps: SourceDeps) => {
    const { topic } = c.req.valid('param');
    const body = c.req.valid('json');
    await deps.store.update(topic, rulesOf(body));
    deps.logger.info({ topic, ...body }, 'source.changed');
    return c.json(viewNow(topic, deps), 200);
  },
);

const remove = route(
  {
    method: 'delete',
    path: '/sources/{topic}',
    operationId: 'deleteSource',
    ...{ tags, summary: 'Delete a source; its topic stays as it is' },
    description:
      'Nothing more of it is read. Deliveries that are under way end, those that wait in a retry ' +
      'topic go on; what was not sent yet is not sent. Made again, it begins where `from` says.',
    request: { params },
    responses: {
      204: { description: 'The source is deleted' },
      ...keyProblems('not-found', 'conflict', ...ALWAYS),
    },
  },
  async (c, deps: SourceDeps) => {
    const { topic } = c.req.valid('param');
    await deps.store.remove(topic);
    deps.logger.info({ topic }, 'source.deleted');
    return c.body(null, 204);
  },
);

export const sourceRoutes = [create, list, get, update, remove];

function all({ sources }: Pick<SourceDeps, 'sources'>): readonly Source[] {
  return [...sources.all()].sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

/** @throws AppError source_unknown: it was deleted a moment ago */
function viewNow(topic: string, deps: SourceDeps): SourceView {
  const source = all(deps).find((one) => one.topic === topic);
  if (!source) throw unknownSource(topic);
  return sourceView(source, deps);
}

/** The fields of a body as they are stored. */
function rulesOf(body: PatchBody): Partial<SourceRules> {
  const { user_id: userId, event_type: eventType, tombstones, to_default: isForDefault } = body;
  const given = Object.entries({ userId, eventType, tombstones, isForDefault });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
