import type { SourceState } from './sources.ts';

/** Says why a source topic cannot be read, and what to do. @returns null: it can */
export function whyUnreadable(topic: string, state: SourceState): string | null {
  if (state === 'missing') return `${topic} does not exist: create it, or name another source`;
  if (state !== 'forbidden') return null;
  const grant = `kafka-acls --add --allow-principal User:NAME --operation Read --topic ${topic}`;
  return `${topic} may not be read: the ACL Read on Topic ${topic} is missing (${grant})`;
}
