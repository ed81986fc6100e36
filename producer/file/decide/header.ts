/** Where the fields of a row go. */
export interface Columns {
  /** How many fields each row must have. */
  readonly count: number;
  readonly userId: number;
  readonly alertMessage: number;
  /** Further columns, each with the text that stands before its value in the body. */
  readonly extras: readonly { readonly index: number; readonly prefix: string }[];
}

const USER_ID = ['user_id', 'userid'];
const ALERT_MESSAGE = ['alert_message', 'alertmessage'];

/**
 * Understands a header line. Names are trimmed; the two that are needed are found in any case.
 * A column without a name is not passed on.
 *
 * @returns the columns, or what is wrong with the header
 */
export function parseHeader(fields: readonly string[]): Columns | { readonly wrong: string } {
  const names = fields.map((field) => field.trim());
  const userIds = indexesOf(names, USER_ID);
  const messages = indexesOf(names, ALERT_MESSAGE);
  const [userId] = userIds;
  const [alertMessage] = messages;
  if (userId === undefined || alertMessage === undefined) {
    const found = names.slice(0, 20).map((name) => JSON.stringify(name.slice(0, 50)));
    const wanted = 'the header needs the columns user_id and alert_message';
    return { wrong: `${wanted}; found: ${found.join(', ')}` };
  }
  if (userIds.length > 1) return { wrong: 'the header has more than one column user_id' };
  if (messages.length > 1) return { wrong: 'the header has more than one column alert_message' };
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (twice !== undefined) {
    return { wrong: `the header has more than one column ${JSON.stringify(twice)}` };
  }
  const extras = names
    .map((name, index) => ({ name, index }))
    .filter(({ name, index }) => name !== '' && index !== userId && index !== alertMessage)
    .map(({ name, index }) => ({ index, prefix: `,${JSON.stringify(name)}:` }));
  return { count: names.length, userId, alertMessage, extras };
}

function indexesOf(names: readonly string[], wanted: readonly string[]): readonly number[] {
  return names.flatMap((name, index) => (wanted.includes(name.toLowerCase()) ? [index] : []));
}
