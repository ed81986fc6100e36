import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

interface Given {
  /** The proxy itself speaks TLS. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** Status that it answers instead of a tunnel; 0: a tunnel. */
  readonly refuses?: (request: IncomingMessage) => number;
}

/** A proxy that makes tunnels to this machine, whatever the host is called. */
export async function aProxy(t: TestContext, { certificate, refuses = () => 0 }: Given = {}) {
  const asked: { readonly authority: string; readonly authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const server = certificate ? createTlsServer(certificate) : createServer();
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    const { url: authority = '', headers } = request;
    asked.push({ authority, authorization: headers['proxy-authorization'] });
    sockets.add(client.on('error', () => {}));
    const status = refuses(request);
    if (status > 0) return void client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const port = Number(/:(\d+)$/.exec(authority)?.[1]);
    const target = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    sockets.add(target.on('error', () => client.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  };
  t.after(close);
  const { port } = server.address() as AddressInfo;
  return { asked, close, host: `127.0.0.1:${port}` };
}
