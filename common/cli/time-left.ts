/**
 * Formats the estimate of a progress bar; empty where there is none, as while nothing moves or
 * when all is done.
 *
 * @param seconds a number, or the text INF or NULL of cli-progress
 */
export function timeLeft(seconds: number | string): string {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return '';
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const parts = hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`;
  return ` · ${seconds < 60 ? `${Math.ceil(seconds)} s` : parts} left`;
}
