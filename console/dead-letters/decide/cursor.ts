/** Where a page of dead letters ended: the last one's time and place. */
export type Cursor = readonly [diedAt: number, partition: number, offset: number];

export function formatCursor(cursor: Cursor): string {
  return Buffer.from(cursor.join(',')).toString('base64url');
}

/** @returns null when the text is no cursor of ours */
export function parseCursor(text: string): Cursor | null {
  const match = /^(\d{1,15}),(\d{1,9}),(\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString());
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : null;
}
