import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * Has a server listen on a free port until the test is over, when its connections are ended too.
 *
 * @returns the port
 */
export async function listening(
  t: TestContext,
  server: Pick<Server, 'listen' | 'close' | 'closeAllConnections' | 'address' | 'once'>,
  host = '127.0.0.1',
): Promise<number> {
  server.listen(0, host);
  await once(server as Server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
