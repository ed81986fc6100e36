import { UnfitFileError } from '../file/unfit-file.ts';

/** Answers that say no more than "not now". */
const PASSING_STATUSES = new Set([408, 409, 425, 429]);
const PASSING_NAMES = /Timeout|Throttl|SlowDown|TooMany|LimitExceeded|IncompleteBody/;
/** Said by the SDK, which then has nothing to send. */
const NO_LOGIN = 'CredentialsProviderError';

/**
 * Returns what S3's refusal of a request about an object means: the object is gone, was replaced,
 * or is refused until somebody grants a right, restores it or corrects a setting. Null where trying
 * again soon may help: no answer, an error of the server, too many requests.
 */
export function refusalOf(error: unknown): UnfitFileError | null {
  const status = statusOf(error);
  const { name = '' } = error as { name?: string };
  // Without its bucket an object may come back.
  if (status === 404 && name !== 'NoSuchBucket') {
    return new UnfitFileError('file_missing', 'the object is gone');
  }
  if (status === 412) {
    const message = 'the object was replaced; what is there now is read as a file of its own';
    return new UnfitFileError('object_changed', message);
  }
  const isRefused =
    status === undefined
      ? name === NO_LOGIN
      : status >= 300 && status < 500 && !PASSING_STATUSES.has(status);
  if (!isRefused || PASSING_NAMES.test(name)) return null;
  return new UnfitFileError('object_refused', `S3 refuses the object: ${s3Message(error)}`);
}

/** Returns the status of S3's answer to a refused request; undefined when there was no answer. */
function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

/** Says what an error of the SDK means, with its name, which is all that some of them tell. */
export function s3Message(error: unknown): string {
  const { name, message, code } = error as { name?: string; message?: string; code?: string };
  const words = [name === 'Error' ? code : name, message].filter(
    (one) => one && one !== 'UnknownError',
  );
  return [...new Set(words)].join(': ') || String(error);
}
