import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Whether nobody listens on this port. False as well when the port may not be used. */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  return (await tryListen(host, port)) !== null;
}

/** A port that nobody listened on a moment ago. */
export async function freePort(host: string): Promise<number> {
  const port = await tryListen(host, 0);
  if (port === null) throw new Error(`no port can be opened on ${host}`);
  return port;
}

async function tryListen(host: string, port: number): Promise<number | null> {
  const server = createServer().listen({ host, port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch {
    return null;
  }
  const taken = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return taken;
}
