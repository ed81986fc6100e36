import type { ObjectPlace } from '../file/announcement.ts';
import { statusOf } from './s3.ts';
import type { S3 } from './s3.ts';

/** S3 copies no more in one request. */
const COPY_BYTES_MAX = 5 * 1024 ** 3;
const TAG = 'hookline';

/** Tells that an object is gone, or was replaced: then there is nothing to do. */
const isOver = (error: unknown) => {
  const status = statusOf(error);
  return (status === 404 && (error as Error).name !== 'NoSuchBucket') || status === 412;
};

/**
 * Moves an object that was read. One that was replaced meanwhile stays where it is, as the new
 * content is yet to be read.
 */
export async function moveObject(
  s3: S3,
  { bucket, key, etag, bytes }: ObjectPlace & { readonly bytes: number },
  to: string,
): Promise<void> {
  const { sdk, client } = s3;
  // It is known as read, so that it only lies there.
  if (bytes > COPY_BYTES_MAX) return tagObject(s3, { bucket, key, etag }, 'done');
  const CopySource = `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  const copy = { Bucket: bucket, Key: to, CopySource, CopySourceIfMatch: etag };
  try {
    await client.send(new sdk.CopyObjectCommand(copy));
    await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }));
  } catch (error) {
    if (!isOver(error)) throw error;
  }
}

/** Adds the tag that tells the outcome of an object that was read, beside the tags that it has. */
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
    if (!isOver(error)) throw error;
  }
}
