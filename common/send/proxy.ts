import ipaddr from 'ipaddr.js';
import { AppError } from '../base/errors.ts';
import { parseBypass, usualAddress } from '../config/bypass.ts';
import { isLoopbackName, parseNetwork } from '../security/classify-address.ts';
import type { Target } from './target.ts';

/** A proxy for deliveries to https targets, and what is reached without it. */
export interface ProxySettings {
  readonly url: URL;
  /** Entries of NO_PROXY. */
  readonly bypass: readonly string[];
}

/** The proxy itself fails: nothing is known about the target. */
export class ProxyError extends AppError {
  override readonly name = 'ProxyError';

  constructor(message: string, cause?: unknown) {
    super('proxy_failed', message, { cause });
  }
}

/** The proxy works, and says that it cannot reach the target. */
export class BehindProxyError extends AppError {
  override readonly name = 'BehindProxyError';

  constructor(message: string) {
    super('unreachable_by_proxy', message);
  }
}

/** A status by which a proxy says that the target does not answer it. */
const TARGET_AWAY = new Set([502, 503, 504]);
const NEEDS_USER = 407;
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?: |\r?\n)/;
const HEAD_END = /\r?\n\r?\n/;

/**
 * Whether a target is reached without the proxy: one on this machine always, and one that NO_PROXY
 * names by its host or a domain above it, by a network, or by `*`; a port narrows an entry.
 */
export function bypassesProxy({ hostname, port }: Target, bypass: readonly string[]): boolean {
  const isAddress = ipaddr.isValid(hostname);
  if (isAddress ? ipaddr.process(hostname).range() === 'loopback' : isLoopbackName(hostname)) {
    return true;
  }
  const name = isAddress ? usualAddress(hostname) : hostname.toLowerCase().replace(/\.$/, '');
  return bypass.some((entry) => {
    const { host, port: only } = parseBypass(entry) ?? { host: '', port: null };
    if (host === '*') return true;
    if (host.includes('/')) return isAddress && isWithin(hostname, host);
    if (only !== null && only !== port) return false;
    return name === host || (!isAddress && name.endsWith(`.${host}`));
  });
}

function isWithin(address: string, entry: string): boolean {
  const [network, bits] = parseNetwork(entry);
  const parsed = ipaddr.process(address);
  return parsed.kind() === network.kind() && parsed.match(network, bits);
}

/**
 * The request for a tunnel.
 *
 * @param host name or address of the target, IPv6 without brackets
 */
export function connectRequest({ url }: ProxySettings, host: string, port: number): string {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const credentials =
    user === ':' ? '' : `proxy-authorization: Basic ${Buffer.from(user).toString('base64')}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${credentials}\r\n`;
}

/**
 * Reads what a proxy answers to CONNECT.
 *
 * @returns null: more is to come; `rest` is what the target has sent already
 * @throws ProxyError, BehindProxyError
 */
export function readConnectAnswer(
  bytes: Buffer,
  proxy: ProxySettings,
): { readonly rest: Buffer } | null {
  const text = bytes.toString('latin1');
  const head = HEAD_END.exec(text);
  if (!head) return null;
  const status = Number(STATUS_LINE.exec(text)?.[1] ?? 0);
  const name = proxyName(proxy);
  if (status === 0) throw new ProxyError(`${name} gave an answer that is no HTTP to CONNECT`);
  if (status >= 200 && status < 300) return { rest: bytes.subarray(head.index + head[0].length) };
  const said = `${name} answered ${status} to CONNECT`;
  if (TARGET_AWAY.has(status)) throw new BehindProxyError(`${said}: it cannot reach the target`);
  const advice = status === NEEDS_USER ? '; give user and password in HTTPS_PROXY' : '';
  throw new ProxyError(said + advice);
}

/** Names a proxy for people, without its password. */
export function proxyName({ url }: ProxySettings): string {
  return `the proxy ${url.protocol}//${url.host}`;
}
