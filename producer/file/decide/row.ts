import type { Columns } from './header.ts';

const USER_ID_LENGTH_MAX = 200;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const NOT_BLANK = /\S/;

/** Why the fields of a row make no delivery, or null when they do. */
export function rowFault(fields: readonly string[], columns: Columns): string | null {
  if (fields.length !== columns.count) {
    return `${columns.count} columns expected, ${fields.length} found`;
  }
  const userId = fields[columns.userId] as string;
  if (!NOT_BLANK.test(userId)) return 'user_id is empty';
  if (userId.length > USER_ID_LENGTH_MAX && [...userId].length > USER_ID_LENGTH_MAX) {
    return `user_id is longer than ${USER_ID_LENGTH_MAX} characters`;
  }
  if (CONTROL.test(userId)) return 'user_id has a control character';
  if (!NOT_BLANK.test(fields[columns.alertMessage] as string)) return 'alert_message is empty';
  return null;
}

/**
 * The delivery's body. Built as text, so that a column may have any name at all, such as
 * `__proto__`, and reach the receiver under it.
 *
 * @param fields a row without fault
 */
export function rowBody(fields: readonly string[], columns: Columns): string {
  const userId = JSON.stringify(fields[columns.userId]);
  const alertMessage = JSON.stringify(fields[columns.alertMessage]);
  let body = `{"userId":${userId},"alertMessage":${alertMessage}`;
  for (const { index, prefix } of columns.extras) body += prefix + JSON.stringify(fields[index]);
  return `${body}}`;
}

/** Why a body cannot be sent for its size, or null; counts bytes only where it must. */
export function bodyFault(body: string, bytesMax: number): string | null {
  if (body.length * 3 <= bytesMax) return null;
  const bytes = Buffer.byteLength(body);
  if (bytes <= bytesMax) return null;
  return `the body of ${bytes} bytes is larger than ${bytesMax} (MAX_MESSAGE_BYTES)`;
}
