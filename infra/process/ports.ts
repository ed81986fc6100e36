import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import { portClashes } from './plan-ports.ts';
import type { WantedPort } from './plan-ports.ts';

/** Whether nobody listens on this port. False as well when the port may not be used. */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  return typeof (await tryListen(host, port)) === 'number';
}

/** A port that nobody listened on a moment ago. */
export async function freePort(host: string): Promise<number> {
  const port = await tryListen(host, 0);
  if (typeof port === 'string') throw new Error(`no port can be opened on ${host}: ${port}`);
  return port;
}

/**
 * Checks the ports of all roles before any is started, and chooses one where 0 is asked for.
 *
 * @returns the port of each setting
 * @throws ConfigError one line for each port that cannot be had
 */
export async function takePorts(
  wanted: readonly WantedPort[],
  logger: Pick<Logger, 'warn'>,
): Promise<Map<string, number>> {
  const problems = portClashes(wanted);
  const ports = new Map<string, number>();
  for (const { setting, host, port, isMovable } of wanted) {
    const isClash = wanted.some((other) => other.setting !== setting && other.port === port);
    if (isMovable && port !== 0 && (isClash || !(await isPortFree(host, port)))) {
      ports.set(setting, await freePort(host));
      logger.warn(`Port ${port} is taken: ${setting}=${ports.get(setting)} is used instead`);
      continue;
    }
    const taken = await tryListen(host, port);
    if (typeof taken === 'number') ports.set(setting, taken);
    else if (taken === 'EADDRINUSE') {
      const why = `another process listens on ${host}:${port}`;
      problems.push(`${setting}=${port}: ${why}; allowed: a free port, such as ${port + 1000}`);
    } else problems.push(`${setting}=${port}: it cannot be opened on HOST=${host} (${taken})`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return ports;
}

/** The port, closed again, or the code of the error. */
async function tryListen(host: string, port: number): Promise<number | string> {
  const server = createServer().listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
  const taken = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return taken;
}
