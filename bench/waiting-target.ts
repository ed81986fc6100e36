// The target of endpoints that are dead for a while, as a process of its own: `/hang` never
// answers, `/rest` asks for an hour's rest, and `/refused` has a port at which nobody listens,
// until `POST /heal`. GET /stats reports what was accepted. Prints its URL and that of the port.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '../infra/process/ports.ts';

/** Counts of deliveries that were accepted for one endpoint. */
export interface TargetStats {
  readonly distinct: number;
  readonly repeated: number;
  /** Accepted for the first time after a later one of the same user. */
  readonly overtaken: number;
}

const HOST = '127.0.0.1';
/** Deliveries are numbered, `sub_x-17`, and their users take turns. */
const USERS = Number(process.env['USERS'] ?? 1);

class Counter {
  private readonly seen = new Set<number>();
  private readonly newest = new Map<number, number>();
  private repeated = 0;
  private overtaken = 0;

  accepted(n: number): void {
    if (this.seen.has(n)) {
      this.repeated += 1;
      return;
    }
    this.seen.add(n);
    const newest = this.newest.get(n % USERS) ?? -1;
    if (n < newest) this.overtaken += 1;
    else this.newest.set(n % USERS, n);
  }

  stats(): TargetStats {
    return { distinct: this.seen.size, repeated: this.repeated, overtaken: this.overtaken };
  }
}

const counters = new Map<string, Counter>();
let isHealed = false;

function accept(path: string, request: IncomingMessage, response: ServerResponse): void {
  let counter = counters.get(path);
  if (!counter) counters.set(path, (counter = new Counter()));
  counter.accepted(Number(String(request.headers['webhook-id']).split('-')[1]));
  response.end();
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '/';
  request.resume().once('end', () => {
    if (path === '/stats') {
      const all = [...counters].map(([name, counter]) => [name, counter.stats()]);
      response.end(JSON.stringify(Object.fromEntries(all)));
    } else if (path === '/heal') {
      isHealed = true;
      createServer(serve).listen(refusedPort, HOST, () => response.end());
    } else if (isHealed) accept(path, request, response);
    else if (path === '/rest') response.writeHead(429, { 'retry-after': '3600' }).end();
    else if (path !== '/hang') accept(path, request, response);
  });
}

const refusedPort = await freePort(HOST);
const server = createServer(serve).listen(0, HOST, () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://${HOST}:${port} http://${HOST}:${refusedPort}\n`);
});
