import { decodeTime, isValid } from 'ulid';
import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { HEADER, parseFileRowId } from './delivery.ts';

/** A cancelled file: the value of a `cancelled-files` record, whose key is the file's id. */
const FileCancellation = z.object({
  id: z.string(),
  /** ms since 1970. */
  at: z.int().min(0),
});
export type FileCancellation = Readonly<z.infer<typeof FileCancellation>>;

const FILE_ID_CHARS = 26;

/** Understands a value of the `cancelled-files` topic; null when it is something else. */
export function parseFileCancellation(text: string): FileCancellation | null {
  return parseJson(FileCancellation, text);
}

type Row = Pick<LogRecord, 'headers' | 'timestampMs'>;

/**
 * Why a delivery is not sent any more; null: it is. No row is written after the cancellation of its
 * file, but a person may put rows back: replays, redrives and resends of later are sent.
 *
 * @param cancelledAtMs when a file was cancelled, by its id, ms since 1970
 */
export function whyRowCancelled(
  id: string,
  record: Row,
  cancelledAtMs: (fileId: string) => number | undefined,
): string | null {
  const atMs = cancelledAtMs(id.slice(0, FILE_ID_CHARS));
  if (atMs === undefined || !parseFileRowId(id)) return null;
  const putBackMs = putBackAtMs(record);
  if (putBackMs !== null && putBackMs > atMs) return null;
  return `its file was cancelled at ${new Date(atMs).toISOString()}`;
}

/** When a person had a row put back, in ms since 1970; null: it is the row itself. */
function putBackAtMs({ headers, timestampMs }: Row): number | null {
  const replay = headers[HEADER.replay];
  const isRedriven = HEADER.redrives in headers;
  if (replay === undefined && !isRedriven) return null;
  // A replay writes copies for as long as it runs, and its id says when the person began it.
  if (replay !== undefined && !isRedriven && isValid(replay)) return decodeTime(replay);
  // The record of a retry is younger than the copy, which was there before it first failed.
  return Math.min(timestampMs, Number(headers[HEADER.firstFailedAt] ?? Infinity) || Infinity);
}
