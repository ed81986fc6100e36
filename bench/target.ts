// A receiver that costs as little as Node allows, as a process of its own: what is measured is the
// sender, and on a machine with few processors an expensive receiver would take the sender's time.
// Knows POST with a content-length, and GET, which reports what came; GET /arrivals reports when
// each came that is no row of a file. Prints its URL.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { parseFileRowId } from '../common/model/delivery.ts';
import { createStatsCounter } from '../receiver/stats.ts';

const HEAD_END = '\r\n\r\n';
const ACCEPTED = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const REFUSED = 'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n';
/** Part of the requests that are refused, 0 to 1. */
const FAIL_SHARE = Number(process.env['FAIL_SHARE'] ?? 0);
/** How long it takes for an answer. */
const ANSWER_AFTER_MS = Number(process.env['ANSWER_AFTER_MS'] ?? 0);
const stats = createStatsCounter();
/** Times of arrival by id, in ms since 1970 with fractions. */
const arrivals = new Map<string, number>();

function header(head: string, name: string): string | undefined {
  const at = head.indexOf(`\r\n${name}: `);
  if (at === -1) return undefined;
  const from = at + name.length + 4;
  const to = head.indexOf('\r\n', from);
  return head.slice(from, to === -1 ? undefined : to);
}

function answer(head: string): string {
  if (head.startsWith('GET')) {
    const isArrivals = head.startsWith('GET /arrivals ');
    const body = JSON.stringify(isArrivals ? Object.fromEntries(arrivals) : stats.snapshot());
    return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  }
  const id = header(head, 'webhook-id');
  if (id !== undefined && parseFileRowId(id) === null) {
    arrivals.set(id, performance.timeOrigin + performance.now());
  }
  stats.received();
  if (Math.random() < FAIL_SHARE) return REFUSED;
  stats.accepted({ id, userId: undefined, atMs: Date.now(), steadyMs: performance.now() });
  return ACCEPTED;
}

function send(socket: Socket, answers: string): void {
  if (ANSWER_AFTER_MS === 0) socket.write(answers, 'latin1');
  else setTimeout(() => socket.write(answers, 'latin1'), ANSWER_AFTER_MS);
}

/** Answers each request that has come whole; an unfinished one waits for the next chunk. */
function serve(socket: Socket): void {
  let unread = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    unread += chunk.toString('latin1');
    let answers = '';
    for (;;) {
      const headEnd = unread.indexOf(HEAD_END);
      if (headEnd === -1) break;
      const head = unread.slice(0, headEnd);
      const end = headEnd + HEAD_END.length + Number(header(head, 'content-length') ?? 0);
      if (unread.length < end) break;
      unread = unread.slice(end);
      answers += answer(head);
    }
    if (answers !== '') send(socket, answers);
  });
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
/** A folder with key.pem and cert.pem: a second port speaks TLS then, and its URL comes too. */
const { TLS_DIR: tlsDir } = process.env;
const server = createServer(serve).listen(0, '127.0.0.1', () => {
  const plainUrl = `http://127.0.0.1:${portOf(server)}`;
  if (tlsDir === undefined) return process.stdout.write(`${plainUrl}\n`);
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(tlsDir, name)));
  const tls = createTlsServer({ key, cert }, serve).listen(0, '127.0.0.1', () => {
    process.stdout.write(`${plainUrl} https://localhost:${portOf(tls)}\n`);
  });
});
