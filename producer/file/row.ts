import type { Columns } from './header.ts';

const USER_ID_LENGTH_MAX = 200;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const NOT_BLANK = /\S/;

/** Mark of a database export for "no value"; in a text of a person it has no meaning. */
const NULL_MARK = '\\N';
const BYTE_ORDER_MARK = '\ufeff';
/** A text that Excel is to leave alone, such as ="001". */
export const EXCEL_TEXT = /^="[^"]*"$/;

/** Why the fields of a row make no delivery, or null when they do. */
export function rowError(fields: readonly string[], columns: Columns): string | null {
  if (fields.length !== columns.count) {
    const found = fields.length === 1 ? lineKind(fields[0] as string) : null;
    return found ?? `${columns.count} columns expected, ${fields.length} found`;
  }
  const userId = fields[columns.userId] as string;
  const message = fields[columns.alertMessage] as string;
  if (userId === '' && fields.every((field) => field === '')) return 'all fields are empty';
  const fault = userIdFault(userId);
  if (fault !== null) return fault;
  if (userId === NULL_MARK) return `user_id is ${NULL_MARK}, an exporter's mark for no value`;
  if (EXCEL_TEXT.test(userId)) return `user_id is an Excel formula: ${userId}`;
  if (!NOT_BLANK.test(message)) return 'alert_message is empty';
  if (message === NULL_MARK)
    return `alert_message is ${NULL_MARK}, an exporter's mark for no value`;
  return null;
}

/** Why a text cannot be a user id, in any kind of file, or null. */
export function userIdFault(userId: string): string | null {
  if (!NOT_BLANK.test(userId)) return 'user_id is empty';
  if (userId.length > USER_ID_LENGTH_MAX && [...userId].length > USER_ID_LENGTH_MAX) {
    return `user_id is longer than ${USER_ID_LENGTH_MAX} characters`;
  }
  if (CONTROL.test(userId)) return 'user_id has a control character';
  if (userId.startsWith(BYTE_ORDER_MARK)) return 'user_id begins with a byte order mark';
  // Only JSON can contain half of a character; as a key it would be another user's, too.
  return userId.isWellFormed() ? null : 'user_id has half a character (a lone surrogate)';
}

/** Names a line without any separator, where it is one that programs write around the rows. */
function lineKind(text: string): string | null {
  if (text === '\u001a') return 'the end-of-file mark of DOS (Ctrl-Z), no row';
  if (text === '\\.') return 'the end mark of COPY, no row';
  if (/^\(\d+ rows?\)$|^\d+ rows? (selected|affected|in set)/i.test(text)) {
    return 'the row count of an exporter, no row';
  }
  if (text.startsWith('#')) return 'a comment line, no row';
  return /[,;\t]/.test(text) ? 'the whole line is one field, in quotes' : null;
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
