import { membersOf } from '../../common/base/json-source.ts';
import { textDoubts } from './row-doubts.ts';
import type { RowDelivery, RowFormat } from './row-format.ts';
import { userIdFault } from './row.ts';

const USER_ID = /^user_?id$/i;
const ALERT_MESSAGE = /^alert_?message$/i;
const WHOLE_NUMBER = /^-?\d+$/;

/** Rows of a file in which each line is a JSON object. */
export const jsonRows: RowFormat = {
  // Lines have names of their own, so files may be put one behind the other.
  headerAgain: () => null,
  deliveryOf: ([text = '']) => deliveryOf(text),
};

/** @returns what a JSON text means, or undefined when it is none */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The body has the values as they stand in the line, so that no number changes: 64-bit ids,
 * 1.10 and 1e400 stay what they are.
 */
function deliveryOf(text: string): RowDelivery | string {
  const parsed = parseJsonText(text);
  if (parsed === undefined) return 'not a JSON text';
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return 'not a JSON object';
  }
  const found: { userId?: string; alertMessage?: string } = {};
  let others = '';
  for (const { name, text: value } of membersOf(text)) {
    if (USER_ID.test(name)) {
      if (found.userId !== undefined) return 'more than one user_id';
      found.userId = value;
    } else if (ALERT_MESSAGE.test(name)) {
      if (found.alertMessage !== undefined) return 'more than one alert_message';
      found.alertMessage = value;
    } else others += `,${JSON.stringify(name)}:${value}`;
  }
  if (found.userId === undefined) return 'no user_id';
  if (found.alertMessage === undefined) return 'no alert_message';
  const userId = userIdOf(found.userId);
  if (userId === null) return 'user_id is neither a string nor a whole number';
  if (!found.alertMessage.startsWith('"')) return 'alert_message is not a string';
  const fault = userIdFault(userId);
  if (fault !== null) return fault;
  const message = JSON.parse(found.alertMessage) as string;
  if (message.trim() === '') return 'alert_message is empty';
  const body = `{"userId":${found.userId},"alertMessage":${found.alertMessage}${others}}`;
  return { userId, body, doubts: textDoubts(userId, message) };
}

function userIdOf(text: string): string | null {
  if (text.startsWith('"')) return JSON.parse(text) as string;
  return WHOLE_NUMBER.test(text) ? text : null;
}
