import { createRequire } from 'node:module';
import { invariant } from '../errors.ts';

const require = createRequire(import.meta.url);

/** What kafkajs asks of an encoder when it takes over what that has written. */
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
