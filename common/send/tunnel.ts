import type { LookupAddress } from 'node:dns';
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

type LookUpAll = (name: string, options: object) => Promise<readonly LookupAddress[]>;

interface Given {
  readonly target: Target;
  readonly guard: TargetGuard | null;
  readonly proxy: ProxySettings;
  /** The tunnel leads to the target, and nothing has been read from it. */
  readonly onReady: () => void;
  readonly onFailed: (error: Error) => void;
}

/** A connection to a proxy, which becomes one to the target. */
export interface Tunnel {
  readonly socket: Socket;
  /** Whether the proxy is what is waited for, and not the look-up of the target's name. */
  readonly awaitsProxy: () => boolean;
}

/**
 * Opens a tunnel through a proxy. A guarded target is looked up here, and the proxy gets the
 * address that was checked: asked by name, it would look the name up again, and might be led to
 * what is private to it.
 */
export function openTunnel({ target, guard, proxy, onReady, onFailed }: Given): Tunnel {
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
    if (isOver) return;
    isOver = true;
    socket.removeListener('readable', read);
    onFailed(cause as Error);
  };
  let isOver = false;
  let isLookingUp = false;
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
    } catch (error) {
      return failed(error);
    }
    onReady();
  };
  socket.once(isTls ? 'secureConnect' : 'connect', () => {
    isLookingUp = true;
    addressOf(target, guard)
      .then((host) => {
        isLookingUp = false;
        if (!socket.destroyed) socket.write(connectRequest(proxy, host, target.port));
      })
      .catch(failed);
  });
  const lost = (why: string, cause?: unknown) => {
    if (!isOver) failed(new ProxyError(`${proxyName(proxy)} ${why}`, cause));
  };
  socket.on('error', (error) => lost(`cannot be used: ${messageOf(error)}`, error));
  socket.on('close', () => lost('closed the connection before the tunnel was made'));
  socket.on('readable', read);
  return { socket, awaitsProxy: () => !isOver && !isLookingUp };
}

/**
 * IPv4 goes first: a proxy that has no IPv6 cannot reach such an address, and only one is tried in
 * an attempt.
 */
async function addressOf({ hostname }: Target, guard: TargetGuard | null): Promise<string> {
  if (guard === null || isIP(hostname) !== 0) return hostname;
  const lookup = promisify(guard.lookup) as unknown as LookUpAll;
  const found = await lookup(hostname, { family: 0, all: true });
  const first = found.find(({ family }) => family === 4) ?? found[0];
  return first?.address ?? hostname;
}
