import { z } from 'zod';
import { forEachAtOnce } from '../../common/base/for-each-at-once.ts';
import { BrokerUnavailableError } from '../../common/base/errors.ts';
import { refusedField } from '../../common/http/body.ts';
import { json, jsonBody, keyProblems } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import { LOOKS } from '../bucket/bucket-watcher.ts';
import type { BucketWatcher, Look } from '../bucket/bucket-watcher.ts';
import { keysOf } from '../bucket/notice.ts';
import type { NoticeRecord } from '../bucket/notice.ts';
import { s3Message } from '../bucket/refusal.ts';

const BODY_BYTES_MAX = 1024 ** 2;
const RECORDS_MAX = 1_000;
const LOOKS_AT_ONCE = 8;
const RETRY_AFTER_S = '5';
const TEST_EVENT = 's3:TestEvent';

const Record = z
  .looseObject({
    eventName: z.string().meta({ example: 'ObjectCreated:Put' }),
    s3: z.looseObject({
      bucket: z.looseObject({ name: z.string().meta({ example: 'alerts' }) }),
      object: z.looseObject({ key: z.string().min(1).meta({ example: 'in/alerts.csv' }) }),
    }),
  })
  .meta({ id: 'S3EventRecord' });

const Notification = z
  .looseObject({
    Records: z.array(Record).max(RECORDS_MAX).optional().describe('absent in a test event only'),
    Event: z.string().optional().describe(`\`${TEST_EVENT}\` in a test event`),
  })
  .meta({ id: 'S3EventNotification' });

const NoticedObject = z
  .object({
    bucket: z.string(),
    key: z.string(),
    outcome: z
      .enum(LOOKS)
      .describe(
        '`announced`: will be read; `known`: was announced before; `missing`: the listing does ' +
          'not have it; `not_read`: no file to read by its name; `ignored`: no new object of S3_INBOX',
      ),
  })
  .meta({ id: 'NoticedObject' });
const NoticeAnswer = z.object({ objects: z.array(NoticedObject) }).meta({ id: 'NoticeAnswer' });

interface Deps {
  readonly watcher: Pick<BucketWatcher, 'lookAt'> | null;
}

/** A notice is a hint only: the listing decides what is there, with which ETag and size. */
export const s3Events = route(
  {
    bodyBytesMax: BODY_BYTES_MAX,
    method: 'post',
    path: '/s3-events',
    operationId: 'noticeObjects',
    tags: ['files'],
    summary: 'Look for objects of S3_INBOX that an S3 event notification names',
    request: { body: jsonBody(Notification) },
    responses: {
      200: json('Each object was looked for, in the order of the records', NoticeAnswer),
      ...keyProblems(
        ...(['malformed-json', 'invalid-fields', 'not-found', 'payload-too-large'] as const),
        ...(['bucket-unavailable', 'broker-unavailable'] as const),
      ),
    },
  },
  async (c, { watcher }: Deps) => {
    const body = c.req.valid('json');
    const { Records: records, Event: event } = body;
    if (watcher === null) throw new HttpProblem(404, 'No bucket is read: S3_INBOX is empty');
    if (!records && event !== TEST_EVENT) {
      throw refusedField('Records', body, 'a list, as in S3 event notifications');
    }
    const objects: z.infer<typeof NoticedObject>[] = [];
    await forEachAtOnce(LOOKS_AT_ONCE, (records ?? []).entries(), async ([index, record]) => {
      objects[index] = await lookFor(record, watcher);
    });
    return c.json({ objects }, 200);
  },
);

async function lookFor(record: NoticeRecord, watcher: Pick<BucketWatcher, 'lookAt'>) {
  const { bucket, object } = record.s3;
  let outcome: Look = 'ignored';
  for (const key of keysOf(record)) {
    outcome = await watcher.lookAt(bucket.name, key).catch((error: unknown) => {
      if (error instanceof BrokerUnavailableError) throw error;
      const detail = `The bucket ${bucket.name} cannot be listed: ${s3Message(error)}`;
      const headers = { 'retry-after': RETRY_AFTER_S };
      throw new HttpProblem(503, detail, { code: 'bucket-unavailable', headers, isLogged: false });
    });
    if (outcome !== 'missing') return { bucket: bucket.name, key, outcome };
  }
  return { bucket: bucket.name, key: object.key, outcome };
}
