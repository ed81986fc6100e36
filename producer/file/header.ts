/** Columns of the fields of a row. */
export interface Columns {
  /** How many fields each row must have. */
  readonly count: number;
  /** The names as the header has them, trimmed and in lower case. */
  readonly names: readonly string[];
  readonly userId: number;
  readonly alertMessage: number;
  /** Further columns, each with the text that stands before its value in the body. */
  readonly extras: readonly { readonly index: number; readonly prefix: string }[];
  /** Columns without a name, which are not passed on. */
  readonly unnamed: readonly number[];
}

const USER_ID = ['user_id', 'userid'];
const ALERT_MESSAGE = ['alert_message', 'alertmessage'];
/**
 * Match these names quickly in fields of any length; blanks and a byte order mark may stand around.
 */
const IS_USER_ID = /^\s*user_?id\s*$/i;
const IS_ALERT_MESSAGE = /^\s*alert_?message\s*$/i;
/** An old Mac's line break: CR alone. */
const CR_ALONE = /\r(?!\n)/;

/**
 * Understands a header line. Names are trimmed; the two that are needed are found in any case.
 * A column without a name is not passed on.
 *
 * @returns the columns, or what is wrong with the header
 */
export function parseHeader(fields: readonly string[]): Columns | { readonly invalid: string } {
  const names = fields.map((field) => field.trim());
  const userIds = indexesOf(names, USER_ID);
  const messages = indexesOf(names, ALERT_MESSAGE);
  const [userId] = userIds;
  const [alertMessage] = messages;
  if (userId === undefined || alertMessage === undefined) {
    const found = names.slice(0, 20).map((name) => JSON.stringify(name.slice(0, 50)));
    const wanted = 'the header needs the columns user_id and alert_message';
    return { invalid: `${wanted}; found: ${found.join(', ')}` };
  }
  if (userIds.length > 1) return { invalid: 'the header has more than one column user_id' };
  if (messages.length > 1) return { invalid: 'the header has more than one column alert_message' };
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (twice !== undefined) {
    return { invalid: `the header has more than one column ${JSON.stringify(twice)}` };
  }
  const broken = names.find((name) => CR_ALONE.test(name));
  if (broken !== undefined) {
    const name = JSON.stringify(broken.slice(0, 50));
    return { invalid: `the column ${name} has a CR in it: end lines in LF or CRLF` };
  }
  const indexed = names.map((name, index) => ({ name, index }));
  const extras = indexed
    .filter(({ name, index }) => name !== '' && index !== userId && index !== alertMessage)
    .map(({ name, index }) => ({ index, prefix: `,${JSON.stringify(name)}:` }));
  const unnamed = indexed.filter(({ name }) => name === '').map(({ index }) => index);
  return {
    ...{ count: names.length, names: names.map((name) => name.toLowerCase()) },
    ...{ userId, alertMessage, extras, unnamed },
  };
}

/**
 * Whether a row is a header line, as where several files were put one behind the other.
 *
 * @returns `same` when it has the file's own columns, `other` when it has others, or null
 */
export function headerAgain(
  fields: readonly string[],
  { names }: Pick<Columns, 'names'>,
): 'same' | 'other' | null {
  if (!fields.some((field) => IS_USER_ID.test(field))) return null;
  if (!fields.some((field) => IS_ALERT_MESSAGE.test(field))) return null;
  const isSame =
    fields.length === names.length &&
    fields.every((field, index) => field.trim().toLowerCase() === names[index]);
  return isSame ? 'same' : 'other';
}

function indexesOf(names: readonly string[], wanted: readonly string[]): readonly number[] {
  return names.flatMap((name, index) => (wanted.includes(name.toLowerCase()) ? [index] : []));
}
