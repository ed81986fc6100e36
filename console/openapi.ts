import { createRoute, z } from '@hono/zod-openapi';
import { idParam, json, keyProblems, time } from '../common/http/openapi/define.ts';
import {
  FILE_ERROR_CODES,
  FILE_STATES,
  FileWarning,
  SameContent,
} from '../common/model/file-progress.ts';
import { LeftEntry } from '../common/model/inbox-state.ts';
import { deadLetterRoutes } from './dead-letters/openapi.ts';
import { FilesQuery } from './status/files-query.ts';
import { logRoutes } from './delivery-log/openapi.ts';
import { replayRoutes } from './replay/openapi.ts';
import { subscriptionRoutes } from './subscriptions/openapi.ts';

/** The API's description of what the console serves. */

const count = z.int().min(0);
const File = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(FILE_STATES),
    bytes: count,
    bytesRead: count,
    rows: count.describe('delivered + retrying + dead + rejected + waiting + passed_over'),
    rejected: count,
    delivered: count,
    retrying: count,
    dead: count,
    waiting: count.describe('in the log, and not attempted yet'),
    passed_over: count.describe(
      'never attempted, and never will be: offsets were set beyond them, or the log was cut',
    ),
    warnings: z
      .array(FileWarning)
      .describe('what the sender should know although the file was read; `count`: rows concerned'),
    same_content_as: SameContent.nullable().describe(
      'an earlier file of exactly this content, and when it was taken in; null: none is known',
    ),
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    isLedgerComplete: z.boolean().describe('false: the attempts of some rows have expired'),
    error: z.object({ code: z.enum(FILE_ERROR_CODES), message: z.string() }).optional(),
  })
  .openapi('FileLedger');

const leftInInbox = {
  left_in_inbox: z
    .array(LeftEntry.openapi('LeftInInbox'))
    .describe('entries of the inbox that are not taken, or not yet; the first 100 by name'),
  left_in_inbox_count: count,
};

const Topic = z
  .object({
    topic: z.string(),
    end: count,
    committed: count,
    lag: count.describe('records and transaction markers behind the committed offset'),
    lagSeconds: count.describe('age of the oldest that waits'),
  })
  .openapi('TopicStatus');
const Endpoint = z
  .object({
    subscription: z.string().nullable().describe('null: WEBHOOK_URL'),
    url: z.string(),
    state: z.enum(['idle', 'ok', 'throttled', 'failing', 'circuit-open', 'disabled']),
    ratePerSecond: z.number().min(0).describe('over the last minute'),
    limitPerSecond: z.number().nullable().describe('of all consumers now; null: no limit'),
    resting_until: time.nullable().describe('the target has asked for rest until then'),
    inFlight: count,
    waiting: count,
    lastStatus: z.int().nullable(),
    lastError: z.string().nullable(),
    lastAttemptAt: time.nullable(),
    disabledReason: z.string().nullable(),
    failingSince: time.nullable().describe('nothing was accepted since'),
  })
  .openapi('Endpoint');
const Status = z
  .object({
    loading: z.boolean().describe('true: the log is still being read, and the counts grow'),
    notReady: z.string().nullable().describe('as /health/ready has it'),
    brokers: z.array(z.string()),
    brokerSeenAt: time.nullable(),
    topics: z.array(Topic),
    inbox: z.string().describe('folder of the system where files are dropped'),
    files: z.object({
      ...{ queued: count, reading: count, done: count, failed: count },
      latest: z.array(File),
      ...leftInInbox,
    }),
    deliveries: z.object({
      ...{ delivered: count, retrying: count },
      waiting: count.describe('in the log, not finished and not in flight; without those retrying'),
      in_flight: count.describe('sent, and without an answer yet'),
      ...{ deadLettered: count, cancelled: count },
    }),
    endpoints: z.array(Endpoint),
    consumers: z.array(
      z.object({
        clientId: z.string(),
        host: z.string(),
        partitions: z.array(count),
        alarms: z.array(z.object({ kind: z.string(), detail: z.string() })),
      }),
    ),
  })
  .openapi('Status');

export const consoleRoutes = [
  ...subscriptionRoutes,
  ...logRoutes,
  ...deadLetterRoutes,
  ...replayRoutes,
  createRoute({
    method: 'get',
    path: '/status',
    operationId: 'getStatus',
    ...{ tags: ['status'], summary: 'Everything that a person asks first' },
    responses: { 200: json('As it is now', Status), ...keyProblems() },
  }),
  createRoute({
    method: 'get',
    path: '/files',
    operationId: 'listFiles',
    ...{ tags: ['files'], summary: 'Files and their ledgers, newest first' },
    request: { query: FilesQuery },
    responses: {
      200: json(
        'The newest',
        z.object({ files: z.array(File), ...leftInInbox }).openapi('FileList'),
      ),
      ...keyProblems('invalid-fields'),
    },
  }),
  createRoute({
    method: 'get',
    path: '/files/{id}',
    operationId: 'getFile',
    ...{ tags: ['files'], summary: 'One file and its ledger' },
    request: { params: idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X') },
    responses: { 200: json('As it is now', File), ...keyProblems('not-found') },
  }),
];
