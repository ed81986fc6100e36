import { INBOX_ALLOWED, parseInbox, unfitInboxes } from '../model/bucket-inbox.ts';
import type { BucketInbox } from '../model/bucket-inbox.ts';
import * as t from './setting-types.ts';

/** The settings of bucket inboxes; a part of the table of all settings. */
export const BUCKET_SETTINGS = {
  S3_INBOX: t
    .list()
    .transform((urls, context): readonly BucketInbox[] => {
      const inboxes = urls.map(parseInbox);
      if (inboxes.every((one) => one !== null)) return inboxes;
      context.addIssue({ code: 'custom', message: INBOX_ALLOWED });
      return [];
    })
    .default([])
    .describe('S3 places whose objects are read like files, as `s3://bucket/prefix`; empty: none'),
  S3_ENDPOINT: t
    .httpUrlOrEmpty()
    .default('')
    .describe('address of an S3-compatible server; empty: that of AWS for the region'),
  S3_AFTER: t
    .oneOf(['move', 'tag', 'keep'])
    .default('move')
    .describe('an object that was read: moved to `done/` or `failed/`, tagged, or left as it is'),
  S3_POLL: t
    .duration({ minMs: 100, maxMs: 86_400_000 })
    .prefault('10s')
    .describe('how often the objects of S3_INBOX are listed'),
} as const;

/** Says which inboxes of the buckets are in each other's way. */
export function unfitBuckets({
  S3_INBOX,
}: {
  readonly S3_INBOX: readonly BucketInbox[];
}): string[] {
  const unfit = unfitInboxes(S3_INBOX);
  return unfit === null ? [] : [`S3_INBOX=${unfit}`];
}
