import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listening } from './listening.ts';

const CHUNK_BYTES = 8_192;
const CHUNK_EVERY_MS = 40;

/**
 * A server of files that a download can be broken off from and gone on with. Under `/slow/` it
 * sends 200 KB a second. Under `/cut/` so, too, and closes the connection of a file's first request
 * when half of the file is sent.
 *
 * @returns its URL
 */
export async function fileServer(t: TestContext, dir: string): Promise<string> {
  const cut = new Set<string>();
  const server = createServer((request, response) => {
    const [, how, ...path] = (request.url ?? '').split('/');
    const file = join(dir, ...path);
    const isCut = how === 'cut' && request.method === 'GET' && !cut.has(file);
    if (isCut) cut.add(file);
    send(file, request, response, isCut).catch(() => response.destroy());
  });
  const port = await listening(t, server);
  return `http://127.0.0.1:${port}`;
}

async function send(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  isCut: boolean,
): Promise<void> {
  const { size, mtime } = statSync(path);
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from ?? 0);
  const end = Math.min(size, to ? Number(to) + 1 : size);
  response.writeHead(from === undefined ? 200 : start < size ? 206 : 416, {
    'content-length': Math.max(0, end - start),
    'content-type': 'text/csv',
    'accept-ranges': 'bytes',
    'last-modified': mtime.toUTCString(),
    ...(from !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
  });
  if (request.method === 'HEAD') return void response.end();
  const file = openSync(path, 'r');
  try {
    for (let at = start; at < end && !response.destroyed; at += CHUNK_BYTES) {
      if (isCut && at - start > (end - start) / 2) return void response.destroy();
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, end - at));
      readSync(file, chunk, 0, chunk.length, at);
      response.write(chunk);
      await sleep(CHUNK_EVERY_MS);
    }
    response.end();
  } finally {
    closeSync(file);
  }
}
