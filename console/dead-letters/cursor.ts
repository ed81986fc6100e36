/** End of a page of dead letters: time and place of its last one. */
export type Cursor = readonly [diedAtMs: number, partition: number, offset: number];

/** Form of a cursor as text. */
export const CURSOR = /^(\d{1,15})-(\d{1,9})-(\d{1,15})$/;

export function formatCursor(cursor: Cursor): string {
  return cursor.join('-');
}

/** @returns null when the text is no cursor of ours */
export function parseCursor(text: string): Cursor | null {
  const match = CURSOR.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : null;
}
