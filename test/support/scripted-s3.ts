import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { openS3 } from '../../producer/bucket/s3.ts';
import type { S3 } from '../../producer/bucket/s3.ts';
import { listening } from './listening.ts';

export interface ScriptedRequest {
  readonly method: string;
  /** Path without the name of the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** An answer; a text is one of S3's error codes. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly error?: string;
  readonly body?: string;
}

/**
 * Starts a server that answers as a test says, for what a real one cannot be brought to answer.
 *
 * @param answer gets requests whose bodies were read, unless `hastily`
 * @returns the client that producers use, with this server behind it
 */
export async function scriptedS3(
  t: TestContext,
  answer: (request: ScriptedRequest) => ScriptedAnswer,
  { hastily = false } = {},
): Promise<S3> {
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://s3');
      const { status, error, body } = answer({
        method: request.method ?? 'GET',
        key: decodeURIComponent(url.pathname.replace(/^\/[^/]+\/?/, '')),
        query: url.searchParams,
        body: hastily ? '' : await textOf(request),
      });
      const text = error ? `<Error><Code>${error}</Code><Message>a reason</Message></Error>` : body;
      response.writeHead(status ?? 200, { 'content-type': 'application/xml' });
      response.end(request.method === 'HEAD' ? '' : (text ?? ''));
    })();
  });
  const port = await listening(t, server);
  // The SDK's own chain looks there.
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' });
  const s3 = await openS3(`http://127.0.0.1:${port}`, process.env);
  t.after(() => s3.client.destroy());
  return s3;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** Answers a request for a list of objects, a page at a time in the order of the keys' bytes. */
export function listAnswer({ query }: ScriptedRequest, keys: readonly string[]): ScriptedAnswer {
  const after = Buffer.from(query.get('start-after') ?? '');
  const pageKeys = Number(query.get('max-keys') ?? 1_000);
  const rest = keys
    .filter((key) => key.startsWith(query.get('prefix') ?? ''))
    .map((key) => Buffer.from(key))
    .filter((key) => Buffer.compare(key, after) > 0)
    .sort((a, b) => Buffer.compare(a, b));
  const objects = rest.slice(0, pageKeys).map(
    (key) => `<Contents><Key>${encodeURIComponent(key.toString())}</Key><ETag>"e"</ETag>
      <Size>1</Size><LastModified>2026-11-30T12:00:00Z</LastModified></Contents>`,
  );
  return {
    body: `<ListBucketResult><EncodingType>url</EncodingType>
      <IsTruncated>${rest.length > pageKeys}</IsTruncated>${objects.join('')}</ListBucketResult>`,
  };
}
