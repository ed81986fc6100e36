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
/** Behind nearly every key that begins with a prefix: the last character of Unicode. */
const LAST_CHARACTER = '\u{10ffff}';

/**
 * Lists the objects of an inbox, a page at a time, from the last key of the page before.
 *
 * @param own prefixes that are passed over, with all that lies below them
 */
export async function* listObjects(
  s3: S3,
  { bucket, prefix }: BucketInbox,
  own: readonly string[],
  pageKeys = PAGE_KEYS,
): AsyncGenerator<readonly ListedObject[], void> {
  const at = { Bucket: bucket, Prefix: prefix, MaxKeys: pageKeys };
  for (let after: string | undefined; ;) {
    const page = await listPage(s3, { ...at, StartAfter: after });
    const ownPrefixOf = ({ key }: ListedObject) => own.find((each) => key.startsWith(each));
    const firstOwn = page.objects.findIndex((object) => ownPrefixOf(object) !== undefined);
    yield firstOwn === -1 ? page.objects : page.objects.slice(0, firstOwn);
    const last = page.objects.at(firstOwn);
    if (!last || (firstOwn === -1 && !page.isCut)) return;
    const passedOver = ownPrefixOf(last);
    after =
      passedOver === undefined ? last.key : laterOf(last.key, `${passedOver}${LAST_CHARACTER}`);
  }
}

/** Returns the later one of two keys in S3's order, which is that of their bytes in UTF-8. */
function laterOf(one: string, other: string): string {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) > 0 ? one : other;
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
