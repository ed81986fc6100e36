import type { FileView } from '../status/schemas.ts';

type Progress = Pick<
  FileView,
  'bytes' | 'bytes_read' | 'rows' | 'rejected' | 'delivered' | 'dead' | 'waiting' | 'retrying'
> &
  Pick<FileView, 'state' | 'started_at'>;

/**
 * Estimates how long the rest of a file takes, by its rate since its reading began.
 *
 * @returns seconds; null: nothing is left, or nothing was delivered yet
 */
export function fileEtaSeconds(file: Progress, nowMs: number): number | null {
  const { bytes, bytes_read: read, rows, rejected, delivered, dead, waiting, retrying } = file;
  if (file.started_at === null || read === 0) return null;
  const unread = file.state === 'reading' ? ((rows - rejected) * (bytes - read)) / read : 0;
  const left = waiting + retrying + unread;
  const settled = delivered + dead;
  const elapsedSeconds = (nowMs - Date.parse(file.started_at)) / 1_000;
  if (left <= 0 || settled === 0 || elapsedSeconds <= 0) return null;
  return (left * elapsedSeconds) / settled;
}
