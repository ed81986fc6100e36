import { createRoute, z } from '@hono/zod-openapi';
import { idParam, json, keyProblems, time } from '../common/http/describe.ts';
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
    waiting: count.describe('rows in the log that were not attempted yet'),
    passed_over: count.describe(
      'rows that will never be attempted: offsets were set beyond them, or the log was cut',
    ),
    warnings: z
      .array(FileWarning)
      .describe('remarks on a file that was read to its end; `count`: number of rows concerned'),
    same_content_as: SameContent.nullable().describe(
      'an earlier file of exactly this content, and when it was read; null: none is known',
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
    .describe('entries of the inbox that are not read, or not yet; the first 100 by name'),
  left_in_inbox_count: count,
};

const Topic = z
  .object({
    topic: z.string(),
    end: count,
    committed: count,
    lag: count.describe('records and transaction markers behind the committed offset'),
    lagSeconds: count.describe('age of the oldest waiting record, in seconds'),
  })
  .openapi('TopicStatus');
const Endpoint = z
  .object({
    subscription: z.string().nullable().describe('id of the subscription; null: WEBHOOK_URL'),
    url: z.string(),
    state: z.enum(['idle', 'ok', 'throttled', 'failing', 'circuit-open', 'disabled']),
    ratePerSecond: z.number().min(0).describe('deliveries a second over the last minute'),
    limitPerSecond: z
      .number()
      .nullable()
      .describe('limit of all consumers together; null: no limit'),
    resting_until: time
      .nullable()
      .describe('end of the pause that the target asked for; null: no pause'),
    inFlight: count,
    waiting: count,
    lastStatus: z.int().nullable(),
    lastError: z.string().nullable(),
    lastAttemptAt: time.nullable(),
    disabledReason: z.string().nullable(),
    failingSince: time
      .nullable()
      .describe('time since which the target has accepted nothing; null: it accepts'),
  })
  .openapi('Endpoint');
const Status = z
  .object({
    loading: z.boolean().describe('true: the log is still being read, and the counts grow'),
    notReady: z
      .string()
      .nullable()
      .describe('why /health/ready does not answer 200; null: it does'),
    brokers: z.array(z.string()),
    brokerSeenAt: time.nullable(),
    topics: z.array(Topic),
    inbox: z.string().describe('folder in which files are dropped'),
    files: z.object({
      ...{ queued: count, reading: count, done: count, failed: count },
      latest: z.array(File),
      ...leftInInbox,
    }),
    deliveries: z.object({
      ...{ delivered: count, retrying: count },
      waiting: count.describe('unfinished deliveries in the log, neither in flight nor retrying'),
      in_flight: count.describe('requests that were sent and have no answer yet'),
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
    ...{ tags: ['status'], summary: 'Get the state of the whole system' },
    responses: { 200: json('State of the system now', Status), ...keyProblems() },
  }),
  createRoute({
    method: 'get',
    path: '/files',
    operationId: 'listFiles',
    ...{ tags: ['files'], summary: 'List files with their ledgers, newest first' },
    request: { query: FilesQuery },
    responses: {
      200: json(
        'The newest files',
        z.object({ files: z.array(File), ...leftInInbox }).openapi('FileList'),
      ),
      ...keyProblems('invalid-fields'),
    },
  }),
  createRoute({
    method: 'get',
    path: '/files/{id}',
    operationId: 'getFile',
    ...{ tags: ['files'], summary: 'Get a file with its ledger' },
    request: { params: idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X') },
    responses: { 200: json('The file with its ledger', File), ...keyProblems('not-found') },
  }),
];
