import { createRoute, z } from '@hono/zod-openapi';
import { json, jsonBody, keyProblems, time } from '../../common/http/describe.ts';
import { DeadLettersQuery, RedriveBody } from './requests.ts';

/** The API's description of the dead letters and of what puts them back into delivery. */

const DeadLetter = z
  .object({
    id: z.string().nullable().describe('value of the webhook-id header; null: empty'),
    user: z.string().nullable().describe('user id; without one, the id of the subscription'),
    subscription: z.string().nullable().describe('id of the subscription; null: WEBHOOK_URL'),
    eventType: z.string().nullable(),
    status: z.int().nullable().describe('HTTP status of the last attempt; null: no answer'),
    error: z.string(),
    attempts: z.int().min(0),
    redrives: z.int().min(0).describe('how often the delivery was put back before'),
    diedAt: time,
    partition: z.int().min(0),
    offset: z.int().min(0),
  })
  .openapi('DeadLetter');

const count = z.int().min(0);
const skipped = z.record(z.string(), count).describe('number that cannot be delivered, by reason');
const redriven = { matched: count, redriven: count, skipped };
const Redriven = z.object(redriven).openapi('Redriven');
const RedriveState = z
  .object({ ...redriven, state: z.enum(['done', 'running']) })
  .openapi('RedriveState');
const tags = ['dead letters'];

export const deadLetterRoutes = [
  createRoute({
    method: 'get',
    path: '/dead-letters',
    operationId: 'listDeadLetters',
    ...{ tags, summary: 'List dead letters that were not put back, newest first' },
    request: { query: DeadLettersQuery },
    responses: {
      200: json(
        'A page of dead letters',
        z
          .object({ deadLetters: z.array(DeadLetter), nextCursor: z.string().nullable() })
          .openapi('DeadLetterPage'),
      ),
      ...keyProblems('invalid-fields'),
    },
  }),
  createRoute({
    method: 'post',
    path: '/dead-letters/redrive',
    operationId: 'redrive',
    ...{ tags, summary: 'Put dead letters back into delivery' },
    description:
      'With a `rate` the redrive goes on in the background; without one it ends before the answer.',
    request: { body: jsonBody(RedriveBody) },
    responses: {
      200: json(
        'Result of a dry run; nothing was changed',
        z.object({
          matched: count,
          skipped,
          failures: z
            .array(
              z.object({
                subscription: z.string().nullable(),
                status: z.string().nullable(),
                count,
              }),
            )
            .describe('number of matches by endpoint and last status'),
        }),
      ),
      202: json('The dead letters are in delivery again', RedriveState),
      ...keyProblems(
        ...(['malformed-json', 'invalid-fields', 'payload-too-large'] as const),
        ...(['conflict', 'redrive-fenced', 'broker-unavailable'] as const),
      ),
    },
  }),
  createRoute({
    method: 'post',
    path: '/retry',
    operationId: 'retryAll',
    ...{ tags, summary: 'Put every dead letter back into delivery' },
    responses: {
      202: json('The dead letters are in delivery again', Redriven),
      ...keyProblems('conflict', 'redrive-fenced', 'broker-unavailable'),
    },
  }),
];
