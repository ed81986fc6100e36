import { createRequire } from 'node:module';
import { invariant } from '../base/errors.ts';

const require = createRequire(import.meta.url);

/**
 * The members that kafkajs uses of an encoder when it copies the encoder's bytes into another one.
 */
export interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
  size(): number;
}

/** Bytes in the shape of kafkajs' encoder. */
export function encoded(buffer: Buffer): Encoded {
  return { buf: buffer, buffer, size: () => buffer.length };
}

/** A module of kafkajs' own, which its package does not hand out. @param path below its `src/` */
export function internalModule<Module>(path: string): Module {
  return require(`kafkajs/src/${path}`) as Module;
}

/** The only version whose inside we know. */
const VERSION = '2.2.4';

/**
 * Internal methods and functions of kafkajs that we use beside the fixes: methods of classes,
 * functions of modules.
 */
const USED: Readonly<Record<string, readonly string[]>> = {
  'network/connection': ['isConnected', 'nextCorrelationId', 'connect', 'disconnect'],
  'network/connectionPool': ['send', 'getConnection', 'getConnectionByRequest'],
  'network/requestQueue': ['push', 'maybeThrottle', 'rejectAll', 'fulfillRequest'],
  broker: ['isConnected', 'connect', 'disconnect', 'fetch'],
  'cluster/brokerPool': ['findConnectedBroker'],
  'protocol/error': ['createErrorFromCode'],
};

/** @throws InvariantError kafkajs is another one than the one that is patched and used inside */
export function assertKafkajs(): void {
  const { version } = require('kafkajs/package.json') as { readonly version: string };
  invariant(version === VERSION, `kafkajs ${version} is installed, and only ${VERSION} is known`);
  for (const [path, names] of Object.entries(USED)) {
    for (const name of names) methodOf(path, name);
  }
}

/**
 * Wraps a method of one of kafkajs' classes, or a function of a module.
 *
 * @param path below `kafkajs/src/`
 * @throws InvariantError kafkajs has no such function there
 */
export function wrapMethod<Method>(
  path: string,
  name: string,
  wrap: (original: Method) => Method,
): void {
  const { owner, method } = methodOf(path, name);
  owner[name] = wrap(method as Method);
}

function methodOf(path: string, name: string) {
  const module = internalModule<{ readonly prototype?: object }>(path);
  const owner = (module.prototype ?? module) as Record<string, unknown>;
  const method = owner[name];
  invariant(typeof method === 'function', `kafkajs has no ${name} in ${path}`);
  return { owner, method };
}

/**
 * Puts ours in the place of a module of kafkajs.
 *
 * @param path of what is replaced, below `kafkajs/src/`
 * @param user of it; once that is loaded it holds the old one
 * @throws InvariantError it is loaded already
 */
export function replaceInternalModule(path: string, user: string, replacement: unknown): void {
  const userPath = require.resolve(`kafkajs/src/${user}`);
  invariant(!(userPath in require.cache), `kafkajs has taken hold of its ${path} already`);
  internalModule(path);
  const loaded = require.cache[require.resolve(`kafkajs/src/${path}`)];
  invariant(loaded, 'a module that is loaded is in the cache');
  loaded.exports = replacement;
}
