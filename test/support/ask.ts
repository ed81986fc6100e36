import type { Readable } from 'node:stream';
import { pino } from 'pino';
import { request } from 'undici';
import type { HttpApp } from '../../common/http/app.ts';
import { serveHttp } from '../../common/http/serve.ts';

const logger = pino({ level: 'silent' });

interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is not announced. */
  readonly body?: string | Readable;
}

/** Asks an app over a real socket, as its clients do. Unlike `fetch` it sends any Host header. */
export async function ask(
  app: HttpApp,
  path: string,
  { method = 'GET', headers = {}, body: sent }: RequestOptions = {},
): Promise<Response> {
  const server = await serveHttp({ app, host: '127.0.0.1', port: 0, logger });
  try {
    const url = new URL(path, server.url);
    const answer = await request(url, { method, headers, body: sent ?? null });
    const { statusCode: status, body } = answer;
    const sane = Object.entries(answer.headers).map(
      ([name, value]) => [name, String(value)] as const,
    );
    return new Response(await body.text(), { status, headers: Object.fromEntries(sane) });
  } finally {
    await server.close();
  }
}
