import { parseJson } from '../../common/base/parse-json.ts';
import { SealedTexts } from '../../common/model/attempt.ts';
import { HEADER } from '../../common/model/delivery.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';
import type { AttemptRow } from './attempt-row.ts';

/** Excerpt of an attempt whose texts nobody can read. */
export const NOT_READABLE = '(erased, with the key of the user)';
/** Excerpt of an attempt whose texts could not be encrypted, and so were not written. */
export const NOT_KEPT = '(not kept: there was no key of the user for it)';

/** An attempt with what the receiver said, which may lie in the log encrypted. */
export function readableRow(row: AttemptRow, keys: Pick<BodyKeys, 'openText'>): AttemptRow {
  const { sealed, id, user, subscription } = row;
  if (sealed === null) return row;
  if (sealed === '') return { ...row, excerpt: NOT_KEPT };
  const headers: Record<string, string> = { [HEADER.id]: id };
  if (subscription !== null) headers[HEADER.subscription] = subscription;
  const text = keys.openText(sealed, { key: user, headers });
  const texts = text === null ? null : parseJson(SealedTexts, text);
  if (texts === null) return { ...row, excerpt: NOT_READABLE };
  return { ...row, excerpt: texts.excerpt, answer_headers: texts.answerHeaders ?? null };
}
