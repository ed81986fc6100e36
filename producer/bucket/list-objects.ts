import type { BucketInbox } from '../../common/model/bucket-inbox.ts';
import { decodeKey } from './decode-key.ts';
import type { S3 } from './s3.ts';

/** An object as the listing shows it. */
export interface ListedObject {
  readonly bucket: string;
  readonly key: string;
  /** With its quotes. */
  readonly etag: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** S3 lists no more at once. */
const PAGE_KEYS = 1_000;
/** Behind every key that begins with a prefix: the last character of Unicode. */
const LAST_CHARACTER = '\u{10ffff}';

/**
 * Lists the objects of an inbox, a page at a time, from the last key of the page before.
 *
 * @param skip returns the prefix to pass over that a key begins with, or null
 */
export async function* listObjects(
  s3: S3,
  { bucket, prefix }: BucketInbox,
  skip: (key: string) => string | null,
  pageKeys = PAGE_KEYS,
): AsyncGenerator<readonly ListedObject[], void> {
  const at = { Bucket: bucket, Prefix: prefix, MaxKeys: pageKeys };
  for (let after: string | undefined; ;) {
    const page = await listPage(s3, { ...at, StartAfter: after });
    const own = page.objects.findIndex(({ key }) => skip(key) !== null);
    yield own === -1 ? page.objects : page.objects.slice(0, own);
    const last = page.objects.at(own === -1 ? -1 : own);
    if (!last || (own === -1 && !page.isCut)) return;
    after = own === -1 ? last.key : `${skip(last.key)}${LAST_CHARACTER}`;
  }
}

/** Looks for one object. @returns null when there is none of that key */
export async function findObject(s3: S3, bucket: string, key: string) {
  const { objects } = await listPage(s3, { Bucket: bucket, Prefix: key, MaxKeys: 1 });
  return objects.find((object) => object.key === key) ?? null;
}

interface PageInput {
  readonly Bucket: string;
  readonly Prefix: string;
  readonly StartAfter?: string | undefined;
  readonly MaxKeys?: number;
}

async function listPage({ sdk, client }: S3, input: PageInput) {
  // Keys may have characters that XML cannot.
  const request = new sdk.ListObjectsV2Command({ ...input, EncodingType: 'url' });
  const { Contents = [], IsTruncated, EncodingType } = await client.send(request);
  const decode = (key: string) => (EncodingType === 'url' ? decodeKey(key) : key);
  const objects = Contents.map(({ Key = '', ETag = '', Size = 0, LastModified }): ListedObject => ({
    bucket: input.Bucket,
    key: decode(Key),
    etag: ETag,
    bytes: Size,
    modifiedMs: LastModified?.getTime() ?? 0,
  }));
  return { objects, isCut: IsTruncated === true };
}
