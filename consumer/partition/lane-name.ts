import { createHash, randomBytes } from 'node:crypto';

const NAME_CHARS = 12;

/**
 * The name that a receiver has for the deliveries of an endpoint in a partition. It is another one
 * wherever the same offset may stand for another delivery, or for one that is wanted again.
 *
 * @param parts generation of the log, topic, partition, endpoint, and what else tells lanes apart
 */
export function laneName(...parts: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  return hash.slice(0, NAME_CHARS);
}

/** A name that no log has had, for one whose positions nobody vouches for: a new one, or reset. */
export function newGeneration(): string {
  return randomBytes(6).toString('hex');
}
