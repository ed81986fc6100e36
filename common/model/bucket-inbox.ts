/** A place in a bucket whose objects are read. */
export interface BucketInbox {
  readonly bucket: string;
  /** Empty for the whole bucket, else it ends with a slash. */
  readonly prefix: string;
}

export const INBOX_ALLOWED =
  'allowed: s3://BUCKET or s3://BUCKET/PREFIX, several separated by commas';

/** Names that S3 allows for buckets, and some more that other servers do. */
const INBOX = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:\/(.*))?$/s;

/** Understands `s3://bucket/prefix`; null when it is something else. */
export function parseInbox(url: string): BucketInbox | null {
  const match = INBOX.exec(url);
  if (!match) return null;
  const path = match[2] ?? '';
  // An empty part is a name of its own in a bucket, and hardly ever meant.
  if (/^\/|\/\//.test(path)) return null;
  return {
    bucket: match[1] as string,
    prefix: path === '' || path.endsWith('/') ? path : `${path}/`,
  };
}

export const urlOf = ({ bucket, prefix }: BucketInbox) => objectUrl(bucket, prefix);

/** Returns the URL of an object by which people and the tools of AWS know it. */
export function objectUrl(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}

/** Understands the URL of an object; null when it is something else. */
export function parseObjectUrl(url: string): { bucket: string; key: string } | null {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(url) ?? [];
  return bucket !== undefined && key !== undefined ? { bucket, key } : null;
}

/** Where read objects are moved: beside the inbox, or within one that is the whole bucket. */
export function outcomePrefix({ prefix }: BucketInbox, state: 'done' | 'failed'): string {
  return `${prefix.slice(0, prefix.lastIndexOf('/', prefix.length - 2) + 1)}${state}/`;
}

/** Returns the prefixes that objects of a bucket are moved to. */
export function ownPrefixes(bucket: string, inboxes: readonly BucketInbox[]): readonly string[] {
  return inboxes
    .filter((inbox) => inbox.bucket === bucket)
    .flatMap((inbox) => [outcomePrefix(inbox, 'done'), outcomePrefix(inbox, 'failed')]);
}

/** Returns the inbox that an object lies in, or null. */
export function inboxOf(bucket: string, key: string, inboxes: readonly BucketInbox[]) {
  return inboxes.find((one) => one.bucket === bucket && key.startsWith(one.prefix)) ?? null;
}

/** Says which inbox can be none beside the others, and why; null when all can. */
export function unfitInboxes(inboxes: readonly BucketInbox[]): string | null {
  for (const [index, inbox] of inboxes.entries()) {
    const { bucket, prefix } = inbox;
    if (ownPrefixes(bucket, inboxes).some((own) => prefix.startsWith(own))) {
      return `"${urlOf(inbox)}": read objects are moved there; allowed: a prefix outside of it`;
    }
    const others = inboxes.filter((_, at) => at !== index);
    const around = inboxOf(bucket, prefix, others);
    if (around) return `"${urlOf(inbox)}": it lies in ${urlOf(around)}; allowed: one of the two`;
  }
  return null;
}
