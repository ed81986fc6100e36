import { createHmac, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { deriveSecretKey } from '../security/aes-gcm.ts';
import type { Words } from './seed-table.ts';

/**
 * The key of a user is derived from two parts, and neither helps without the other: SECRET_KEY,
 * which only our processes have, and a random seed, which only the topic of user keys has. The
 * seed is what an erasure destroys.
 */
export interface UserKey {
  /** Names the key in the records that are encrypted under it; says nothing about the user. */
  readonly id: string;
  /** For AES-256. */
  readonly bytes: Buffer;
}

/** Derived from SECRET_KEY once for each process. */
export type MasterKey = KeyObject;

const SALT = 'hookline user keys v1';
const NAME_BYTES = 16;
const SEED_BYTES = 16;
const KEY_BYTES = 32;
const ID_BYTES = 8;
const CHECK_BYTES = 8;
/** First byte of a value: the way in which keys are derived. */
const VERSION = 1;

/** Derives the master key, once for each process. */
export function masterKey(secretKey: string): MasterKey {
  return deriveSecretKey(secretKey, SALT);
}

/** The name of a user in the topic of user keys, which holds no user id. */
export function nameOf(user: string, master: MasterKey): Words {
  return toWords(createHmac('sha256', master).update(user).digest().subarray(0, NAME_BYTES));
}

/** Key of the records of a name. */
export function formatName(name: Words): string {
  return toBytes(name).toString('base64url');
}

/** @returns null: no name of ours */
export function parseName(text: string): Words | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === NAME_BYTES ? toWords(bytes) : null;
}

/** Partition of a name: all records of one user lie in one, in their order. */
export function partitionOfName([first]: Words, partitions: number): number {
  return first % partitions;
}

export function newSeed(): Words {
  return toWords(randomBytes(SEED_BYTES));
}

/** Derives the key of a user, which takes some microseconds: callers keep it. */
export function deriveKey(name: Words, seed: Words, master: MasterKey): UserKey {
  const derived = derive(name, seed, master);
  return {
    bytes: derived.subarray(0, KEY_BYTES),
    id: derived.subarray(KEY_BYTES, KEY_BYTES + ID_BYTES).toString('base64url'),
  };
}

/** The value of a record that gives a name its seed. */
export function formatSeed(name: Words, seed: Words, master: MasterKey): Buffer {
  return Buffer.concat([Buffer.of(VERSION), toBytes(seed), checkOf(name, seed, master)]);
}

/** @returns null: a value of a later version, or none of ours */
export function parseSeed(value: Buffer): Words | null {
  if (value.length !== 1 + SEED_BYTES + CHECK_BYTES || value[0] !== VERSION) return null;
  return toWords(value.subarray(1, 1 + SEED_BYTES));
}

/** Whether a value was written under the same SECRET_KEY. */
export function isOfMaster(name: Words, value: Buffer, master: MasterKey): boolean {
  const seed = parseSeed(value);
  return seed !== null && value.subarray(-CHECK_BYTES).equals(checkOf(name, seed, master));
}

/** Lets a process notice that its SECRET_KEY is another one. */
function checkOf(name: Words, seed: Words, master: MasterKey): Buffer {
  return derive(name, seed, master).subarray(-CHECK_BYTES);
}

/** @returns 64 bytes: the key, its id, bytes that nobody uses, and the check */
function derive(name: Words, seed: Words, master: MasterKey): Buffer {
  return createHmac('sha512', master).update(toBytes(name)).update(toBytes(seed)).digest();
}

function toWords(bytes: Buffer): Words {
  return [
    bytes.readUInt32BE(0),
    bytes.readUInt32BE(4),
    bytes.readUInt32BE(8),
    bytes.readUInt32BE(12),
  ];
}

function toBytes(words: Words): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  words.forEach((word, index) => bytes.writeUInt32BE(word, index * 4));
  return bytes;
}
