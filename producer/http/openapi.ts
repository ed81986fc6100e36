import { createRoute, z } from '@hono/zod-openapi';
import { FieldProblem, json, jsonBody, keyProblems } from '../../common/http/describe.ts';
import { ENDINGS_TEXT } from '../file/file-kinds.ts';
import { BatchLine, EventBody, EventTypeHeader, IdempotencyHeader, SendBody } from './requests.ts';

/** The API's description of what the producer serves. */

const DELIVERY_ID = z
  .string()
  .describe('value of the webhook-id header of the delivery')
  .meta({ example: '01JH8Z3V9Q7W4B2M6N0P5R8T1X' });
const Accepted = z.object({ id: DELIVERY_ID }).openapi('Accepted');

/** Returns the description of an answer that may repeat an accepted request. */
function accepted<Schema extends z.ZodType>(description: string, schema: Schema) {
  const answer = json(description, schema);
  const replayed = z
    .literal('true')
    .optional()
    .describe('set when the same key was accepted before');
  return { ...answer, headers: answer.headers.extend({ 'idempotent-replayed': replayed }) };
}

const BatchResult = z
  .object({
    line: z.int().min(1).describe('number of the line, or place in the array, from 1'),
    status: z.int().describe('202, or the status of the problem'),
    id: DELIVERY_ID.optional(),
    type: z.string().optional(),
    title: z.string().optional(),
    detail: z.string().optional(),
    errors: z.array(FieldProblem).optional(),
  })
  .openapi('BatchResult');

const tags = ['deliveries'];
/** Problems that every route which takes deliveries may answer with. */
const ADMISSION = ['payload-too-large', 'lag', 'broker-unavailable'] as const;
/** Problems of such a route when it also takes an idempotency key. */
const KEYED = ['idempotency-key-reused', 'idempotency-key-in-use', ...ADMISSION] as const;

const send = createRoute({
  method: 'post',
  path: '/send',
  operationId: 'send',
  tags,
  summary: 'Send one delivery to WEBHOOK_URL; its body is the text of `data`',
  request: { headers: IdempotencyHeader, body: jsonBody(SendBody) },
  responses: {
    202: accepted('All in-sync replicas of Kafka have the delivery', Accepted),
    ...keyProblems('malformed-json', 'invalid-fields', 'user-rate', ...KEYED),
  },
});

const sendBatch = createRoute({
  method: 'post',
  path: '/send/batch',
  operationId: 'sendBatch',
  tags,
  summary: 'Send many deliveries at once, as lines (NDJSON) or as a JSON array',
  description:
    'The answer has the same form, with a result for each delivery, in order; a bad line stops no ' +
    'other line. The `id` of a line is its idempotency key. ' +
    'A body that begins with `[` is read as an array, whatever the content type says.',
  request: {
    body: {
      required: true,
      content: {
        'application/json': { schema: z.array(BatchLine).min(1) },
        'application/x-ndjson': {
          schema: z.string().meta({
            pattern: String.raw`[^\t\n\v\f\r ]`,
            example: '{"user_id":"user-1","data":{"orderId":7}}\n',
          }),
        },
      },
    },
  },
  responses: {
    207: {
      ...json('A result for each delivery', z.array(BatchResult)),
      content: {
        'application/json': { schema: z.array(BatchResult) },
        'application/x-ndjson': { schema: z.string().describe('one BatchResult a line') },
      },
    },
    ...keyProblems('bad-request', 'malformed-json', ...ADMISSION),
  },
});

const EventAccepted = z
  .object({
    id: DELIVERY_ID.describe('id of the event; its deliveries have the ids ID-SUBSCRIPTION'),
  })
  .openapi('EventAccepted');

const events = createRoute({
  method: 'post',
  path: '/events',
  operationId: 'publishEvent',
  tags,
  summary: 'Publish an event to each subscription that takes its type',
  request: { headers: IdempotencyHeader, body: jsonBody(EventBody) },
  responses: {
    202: accepted('All in-sync replicas of Kafka have the event', EventAccepted),
    ...keyProblems('malformed-json', 'invalid-fields', ...KEYED),
  },
});

const ingest = createRoute({
  method: 'post',
  path: '/ingest/{subscriptionId}',
  operationId: 'ingest',
  tags,
  summary: 'Send a body of any type to one subscription, byte for byte',
  request: {
    params: z.object({
      subscriptionId: z.string().min(1).meta({ example: 'sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X' }),
    }),
    headers: EventTypeHeader.extend(IdempotencyHeader.shape),
    body: {
      required: true,
      content: {
        'application/json': { schema: z.unknown().meta({ example: { orderId: 7 } }) },
        'text/plain': { schema: z.string().min(1) },
      },
    },
  },
  responses: {
    202: accepted('All in-sync replicas of Kafka have the delivery', Accepted),
    ...keyProblems(
      ...([
        'bad-request',
        'invalid-fields',
        'not-found',
        'disabled',
        'type-not-subscribed',
      ] as const),
      ...(['unsupported-media-type', ...KEYED] as const),
    ),
  },
});

const UploadedFile = z.object({ id: z.string(), name: z.string() }).openapi('UploadedFile');

/** The name's ending says what kind of file it is. */
const DISPOSITION = 'form-data; name="file"; filename="alerts.csv"';
const FILE_HEADERS = {
  'Content-Disposition': { schema: { type: 'string' as const }, example: DISPOSITION },
};

const upload = createRoute({
  method: 'post',
  path: '/upload',
  operationId: 'upload',
  tags: ['files'],
  summary: 'Upload files of alerts (CSV); all files are taken, or none',
  request: {
    body: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: z.object({
            file: z
              .array(z.string().meta({ format: 'binary' }))
              .min(1)
              .max(100)
              .describe(`files whose names end with ${ENDINGS_TEXT}`),
          }),
          encoding: { file: { contentType: 'text/csv', headers: FILE_HEADERS } },
        },
      },
    },
  },
  responses: {
    202: json(
      'The files are stored and will be read',
      z.object({ files: z.array(UploadedFile) }).openapi('UploadAccepted'),
    ),
    ...keyProblems(
      ...(['bad-request', 'payload-too-large', 'unsupported-media-type', 'lag'] as const),
      'insufficient-storage',
    ),
  },
});

export const producerRoutes = [send, sendBatch, events, ingest, upload];
