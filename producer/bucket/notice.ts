import { decodeKey } from './decode-key.ts';

/** One record of an S3 event notification, as far as it says which object has come. */
export interface NoticeRecord {
  readonly eventName: string;
  readonly s3: {
    readonly bucket: { readonly name: string };
    readonly object: { readonly key: string };
  };
}

/**
 * Returns the keys that a notice may mean, the likeliest first; none when it is about no new
 * object. AWS encodes keys as forms do; other servers as URLs do, or not at all.
 */
export function keysOf({ eventName, s3 }: NoticeRecord): readonly string[] {
  if (!/^(s3:)?ObjectCreated:/.test(eventName)) return [];
  const { key } = s3.object;
  const plain = decodeKey(key.replaceAll('+', '%2B'));
  return [...new Set([decodeKey(key), plain, key])];
}
