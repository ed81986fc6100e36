import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { openCode } from './open-code.ts';

/** Why an entry of the inbox is not taken. */
export const LEFT_CODES = [
  'hidden',
  'other_ending',
  'rejected_rows',
  'not_a_file',
  'control_file',
  'open_for_writing',
  'last_line_unfinished',
  'bucket_away',
  'object_refused',
] as const;

/** An entry that lies in the inbox and is not taken, or not yet. */
export const LeftEntry = z.object({
  name: z.string(),
  code: openCode(LEFT_CODES),
  message: z.string(),
  /** ISO time of when it was first left for this reason. */
  since: z.string(),
});

/** State of the inbox as a producer publishes it. All producers share the inbox. */
const InboxState = z.object({
  /** The first ones by name. */
  leftInInbox: z.array(LeftEntry),
  leftCount: z.int().min(0),
});

export type LeftCode = (typeof LEFT_CODES)[number];
export type LeftEntry = Readonly<z.infer<typeof LeftEntry>>;
export type InboxState = Readonly<z.infer<typeof InboxState>>;

/** Key of the state in the topic of what processes say of themselves. */
export const INBOX_KEY = 'inbox';

/** Reads a record's value; null when it is none of ours. */
export function parseInboxState(text: string): InboxState | null {
  return parseJson(InboxState, text);
}
