import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** The value kinds of environment variables. Each error says what is allowed. */

/** A whole number in a range; digits only, because `Number('')` is 0. */
export const int = ({ min, max }: { min: number; max: number }) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `allowed: a whole number from ${min} to ${max}`,
    })
    .transform(Number);

/** A decimal above 0 up to `max`, in units a second; empty means no limit and becomes null. */
export const ratePerSecond = ({ max }: { max: number }) =>
  z
    .string()
    .refine(
      (text) => {
        if (text === '') return true;
        return /^\d+(\.\d+)?$/.test(text) && Number(text) > 0 && Number(text) <= max;
      },
      {
        error: `allowed: a number above 0 up to ${max}, fractions included, or empty for no limit`,
      },
    )
    .transform((text) => (text === '' ? null : Number(text)));

/** One of the given words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: `allowed: ${words.map((word) => word || 'empty').join(', ')}` });

export const yesNo = () =>
  oneOf(['true', 'false', '1', '0'] as const).transform((word) => word === 'true' || word === '1');

/** A comma list without empty parts; an empty text is an empty list. */
export const list = () =>
  z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

/** A text that is understood by a function; null from it: it is refused. */
export const parsed = <Value>(parse: (text: string) => Value | null, allowed: string) =>
  z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== null) return value;
    context.addIssue({ code: 'custom', message: allowed });
    return z.NEVER;
  });

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A duration such as `250ms`, `5s`, `30m`, `2h`, `1d`.
 *
 * @returns milliseconds, or null when the text is no duration
 */
export function parseDurationMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) return null;
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

/** A duration in ms: a plain number, or with a unit such as `15s`. */
export const durationMs = ({ min, max }: { min: number; max: number }) =>
  z.string().transform((text, context) => {
    const ms = /^\d+$/.test(text) ? Number(text) : parseDurationMs(text);
    if (ms !== null && ms >= min && ms <= max) return ms;
    context.addIssue({
      code: 'custom',
      message: `allowed: ${min} to ${max} (ms), or with a unit ms, s, m, h or d, such as 15s`,
    });
    return z.NEVER;
  });

/** A duration in whole hours: a plain number, or with a unit such as `3d`. */
export const durationHours = ({ min, max }: { min: number; max: number }) =>
  z.string().transform((text, context) => {
    const ms = /^\d+$/.test(text) ? Number(text) * UNIT_MS.h : parseDurationMs(text);
    const hours = (ms ?? NaN) / UNIT_MS.h;
    if (Number.isInteger(hours) && hours >= min && hours <= max) return hours;
    context.addIssue({
      code: 'custom',
      message: `allowed: ${min} to ${max} (whole hours), or with a unit h or d, such as 3d`,
    });
    return z.NEVER;
  });

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/**
 * A size in bytes: a plain number, or with a unit. KB, MB, GB and TB are powers of 1000; KiB,
 * MiB, GiB and TiB are powers of 1024.
 */
export const size = ({ min, max }: { min: number; max: number }) =>
  z.string().transform((text, context) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
    const bytes = Math.round(Number(number) * (UNIT_BYTES[(unit || 'B').toUpperCase()] ?? NaN));
    if (bytes >= min && bytes <= max) return bytes;
    context.addIssue({
      code: 'custom',
      message:
        `allowed: ${min} to ${max} bytes, or with a unit ` +
        'B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, such as 2GB',
    });
    return z.NEVER;
  });

/** A comma list of durations, each from 1 ms to 7 days; empty becomes null. */
export const durations = () =>
  z.string().transform((text, context) => {
    if (text.trim() === '') return null;
    const delays = text.split(',').map(parseDurationMs);
    const valid = delays.filter((ms) => ms !== null && ms >= 1 && ms <= 7 * UNIT_MS.d);
    if (valid.length === delays.length && delays.length <= 20) return valid as number[];
    context.addIssue({
      code: 'custom',
      message: 'allowed: up to 20 durations from 1ms to 7d, such as 5s,30s,5m,30m,2h',
    });
    return z.NEVER;
  });

/** One duration from `minMs` to `maxMs`. */
export const duration = ({ minMs = 0, maxMs }: { minMs?: number; maxMs: number }) =>
  z.string().transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
    const range = `from ${minMs / UNIT_MS.s}s to ${maxMs / UNIT_MS.h}h`;
    context.addIssue({
      code: 'custom',
      message: `allowed: a duration ${range} such as 500ms, 30s or 5m`,
    });
    return z.NEVER;
  });

/** One duration from `minMs` up; empty becomes null (off). */
export const durationOrOff = ({ minMs }: { minMs: number }) =>
  z.string().transform((text, context) => {
    if (text === '') return null;
    const ms = parseDurationMs(text);
    if (ms !== null && ms >= minMs) return ms;
    context.addIssue({
      code: 'custom',
      message: `allowed: a duration of at least ${minMs}ms such as 30s or 5m, or empty for off`,
    });
    return z.NEVER;
  });

/** One duration from `minMs` up; `never` becomes null. */
export const durationOrNever = ({ minMs }: { minMs: number }) =>
  z.string().transform((text, context) => {
    if (text === 'never') return null;
    const ms = parseDurationMs(text);
    if (ms !== null && ms >= minMs) return ms;
    context.addIssue({
      code: 'custom',
      message: `allowed: a duration of at least ${minMs}ms such as 12h or 5d, or never`,
    });
    return z.NEVER;
  });

const TOPIC_SETTING = /^[a-z][a-z0-9]*(\.[a-z0-9]+)+=[^,=]+$/;

/** `name=value,name=value` in Kafka's names of topic settings; empty becomes none. */
export const topicSettings = () =>
  list()
    .refine((pairs) => pairs.every((pair) => TOPIC_SETTING.test(pair)), {
      error: 'allowed: name=value, several separated by commas, such as remote.storage.enable=true',
    })
    .transform((pairs): Readonly<Record<string, string>> => {
      return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
    });

/** Address of a proxy, perhaps with a user, or empty. */
export const proxyUrl = () =>
  z.string().refine((text) => isServerUrl(text, ({ pathname }) => pathname === '/'), {
    error:
      'allowed: an http:// or https:// URL without a path, such as http://proxy:3128, or empty; ' +
      'a % in user or password is written %25',
  });

/** Whether a text is empty, or the address of a server, perhaps with a user. */
function isServerUrl(text: string, isFit: (url: URL) => boolean = () => true): boolean {
  if (text === '') return true;
  const url = URL.parse(text);
  if (url === null || !isHttpUrl(text) || !isEncoded(url.username + url.password)) return false;
  return url.search + url.hash === '' && isFit(url);
}

/** Whether each `%` begins an encoded character. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Address of a schema registry, perhaps with a user and a path, or empty. */
export const registryUrl = () =>
  z.string().refine((text) => isServerUrl(text), {
    error:
      'allowed: an http:// or https:// URL such as http://registry:8081, or empty; ' +
      'a % in user or password is written %25',
  });

const isHttpUrl = (text: string) => /^https?:$/.test(URL.parse(text)?.protocol ?? '');

export const httpUrl = () =>
  z.string().refine(isHttpUrl, { error: 'allowed: an http:// or https:// URL' });

/** An http URL, or empty. */
export const httpUrlOrEmpty = () =>
  z.string().refine((text) => text === '' || isHttpUrl(text), {
    error: 'allowed: an http:// or https:// URL, or empty',
  });

/** A decimal from 0 to 1. */
export const ratio = () =>
  z
    .string()
    .refine((text) => /^\d+(\.\d+)?$/.test(text) && Number(text) <= 1, {
      error: 'allowed: a number from 0 to 1, such as 0.01',
    })
    .transform(Number);

/** Where a Redis or Valkey listens, or empty. */
export const redisUrl = () =>
  z.string().refine((text) => text === '' || /^rediss?:$/.test(URL.parse(text)?.protocol ?? ''), {
    error: 'allowed: a redis:// or rediss:// URL, or empty',
  });

/** `host:port,host:port`; empty becomes an empty list. */
export const brokerList = () =>
  list().refine((brokers) => brokers.every(isHostAndPort), {
    error: 'allowed: host:port, several separated by commas',
  });

function isHostAndPort(text: string): boolean {
  const port = /^[^\s:/]+:(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

export const text = () => z.string();

/** Empty, or a text of at least so many characters. */
export const textOrEmpty = ({ lengthMin }: { lengthMin: number }) =>
  z.string().refine((text) => text === '' || text.length >= lengthMin, {
    error: `allowed: empty, or at least ${lengthMin} characters`,
  });

/** Networks such as `10.0.0.0/8,fd00::/8`; empty becomes an empty list. */
export const cidrList = () =>
  list().refine((networks) => networks.every((network) => ipaddr.isValidCIDR(network)), {
    error: 'allowed: networks in CIDR form such as 10.0.0.0/8 or fd00::/8, separated by commas',
  });
