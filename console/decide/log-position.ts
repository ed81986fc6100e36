import type { ResetTarget } from '../../common/kafka/reset-offsets.ts';
import { parseInstant } from './instant.ts';

/** A place in the log as people write it: an ISO time, an offset, `earliest` or `latest`. */
export function parseLogPosition(text: string): ResetTarget | null {
  if (text === 'earliest' || text === 'latest') return { kind: text };
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  const atMs = parseInstant(text);
  return atMs === null ? null : { kind: 'time', atMs };
}
