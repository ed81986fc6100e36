import type { ObjectPlace } from '../file/announcement.ts';
import { refusalOf } from './refusal.ts';
import type { S3 } from './s3.ts';

/** S3 copies no more in one request. */
const COPY_BYTES_MAX = 5 * 1024 ** 3;
const TAG = 'hookline';

/** Passes over the error that an object is gone, or was replaced: then there is nothing to do. */
function throwUnlessOver(error: unknown): void {
  const refusal = refusalOf(error);
  if (refusal === null || refusal.code === 'object_refused') throw refusal ?? error;
}

/** Tells whether S3 can move an object, which is a copy and a deletion. */
export function isMovable({ bytes }: { readonly bytes: number }): boolean {
  return bytes <= COPY_BYTES_MAX;
}

/**
 * Moves an object that was read. One that was replaced meanwhile stays where it is, as the new
 * content is yet to be read.
 *
 * @throws UnfitFileError S3 refuses that
 */
export async function moveObject(
  { sdk, client }: S3,
  { bucket, key, etag }: ObjectPlace,
  to: string,
): Promise<void> {
  const CopySource = `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  const copy = { Bucket: bucket, Key: to, CopySource, CopySourceIfMatch: etag };
  try {
    await client.send(new sdk.CopyObjectCommand(copy));
    await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }));
  } catch (error) {
    throwUnlessOver(error);
  }
}

/**
 * Adds the tag that tells the outcome of an object that was read, beside the tags that it has.
 *
 * @throws UnfitFileError S3 refuses that
 */
export async function tagObject(
  { sdk, client }: S3,
  { bucket, key, etag }: ObjectPlace,
  outcome: 'done' | 'failed',
): Promise<void> {
  const at = { Bucket: bucket, Key: key };
  try {
    await client.send(new sdk.HeadObjectCommand({ ...at, IfMatch: etag }));
    const { TagSet = [] } = await client.send(new sdk.GetObjectTaggingCommand(at));
    const others = TagSet.filter(({ Key }) => Key !== TAG);
    const Tagging = { TagSet: [...others, { Key: TAG, Value: outcome }] };
    await client.send(new sdk.PutObjectTaggingCommand({ ...at, Tagging }));
  } catch (error) {
    throwUnlessOver(error);
  }
}
