import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { messageOf } from '../base/errors.ts';
import type { TargetGuard } from '../security/target-guard.ts';
import type { Target } from './target.ts';
import { ProxyError, connectRequest, proxyName, readConnectAnswer } from './proxy.ts';
import type { ProxySettings } from './proxy.ts';

/** No proxy has more to say before a tunnel. */
const ANSWER_BYTES_MAX = 16 * 1_024;

interface Given {
  readonly target: Target;
  readonly guard: TargetGuard | null;
  readonly proxy: ProxySettings;
  /** The tunnel leads to the target, and nothing has been read from it. */
  readonly onReady: () => void;
  readonly onFailed: (error: Error) => void;
}

/**
 * Opens a tunnel through a proxy. A guarded target is looked up here, and the proxy gets the
 * address that was checked: asked by name, it would look the name up again, and might be led to
 * what is private to it.
 *
 * @returns the connection to the proxy
 */
export function openTunnel({ target, guard, proxy, onReady, onFailed }: Given): Socket {
  const { url } = proxy;
  const isTls = url.protocol === 'https:';
  const where = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || (isTls ? 443 : 80)),
    noDelay: true,
  };
  const servername = isIP(where.host) === 0 ? where.host : '';
  const socket = isTls ? connectTls({ ...where, servername }) : connectTcp(where);
  const failed = (cause: unknown) => {
    if (socket.destroyed && isOver) return;
    isOver = true;
    socket.removeListener('readable', read);
    onFailed(cause as Error);
  };
  let isOver = false;
  let heard = Buffer.alloc(0);
  const read = () => {
    for (let part = socket.read(); part !== null && !isOver; part = socket.read()) {
      heard = Buffer.concat([heard, part as Buffer]);
    }
    try {
      const answer = readConnectAnswer(heard, proxy);
      if (answer === null && heard.length <= ANSWER_BYTES_MAX) return;
      if (answer === null) throw new ProxyError(`${proxyName(proxy)} answers without an end`);
      isOver = true;
      socket.removeListener('readable', read);
      if (answer.rest.length > 0) socket.unshift(answer.rest);
      onReady();
    } catch (error) {
      failed(error);
    }
  };
  socket.once(isTls ? 'secureConnect' : 'connect', () => {
    addressOf(target, guard).then((host) => {
      if (!socket.destroyed) socket.write(connectRequest(proxy, host, target.port));
    }, failed);
  });
  const lost = (why: string, cause?: unknown) => {
    if (!isOver) failed(new ProxyError(`${proxyName(proxy)} ${why}`, cause));
  };
  socket.on('error', (error) => lost(`cannot be used: ${messageOf(error)}`, error));
  socket.on('close', () => lost('closed the connection before the tunnel was made'));
  socket.on('readable', read);
  return socket;
}

async function addressOf({ hostname }: Target, guard: TargetGuard | null): Promise<string> {
  if (guard === null || isIP(hostname) !== 0) return hostname;
  const lookup = promisify(guard.lookup) as (name: string, options: object) => Promise<string>;
  return lookup(hostname, { family: 0 });
}
