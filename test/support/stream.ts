import assert from 'node:assert/strict';
import type { ApiAnswer } from './api.ts';

export interface TestStream {
  /** Reads on until a status fits, and returns it. */
  until(fits: (status: ApiAnswer['json']) => boolean): Promise<ApiAnswer['json']>;
  /** Resolves when the server has ended the stream. @throws when it was cut */
  ended(): Promise<void>;
  close(): Promise<void>;
}

const READ_MS_MAX = 20_000;

/** Follows `GET /stream`. */
export async function openStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<TestStream> {
  const signal = AbortSignal.timeout(READ_MS_MAX);
  const answer = await fetch(`${url}/stream`, { headers, signal });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.ok(answer.body);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const nextStatus = async (): Promise<unknown> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        const [, data] = /^event: status\ndata: (.*)$/.exec(event) ?? [];
        if (data !== undefined) return JSON.parse(data);
        continue;
      }
      const { done, value } = await reader.read();
      assert.ok(!done, 'the stream has ended');
      text += value;
    }
  };
  return {
    until: async (fits) => {
      let last: unknown = null;
      for (;;) {
        const status = (await nextStatus().catch((error: unknown) => {
          throw new Error(`No status fits; the last one: ${JSON.stringify(last)}`, {
            cause: error,
          });
        })) as ApiAnswer['json'];
        if (fits(status)) return status;
        last = status.summary;
      }
    },
    ended: async () => {
      while (!(await reader.read()).done);
    },
    close: () => reader.cancel(),
  };
}
