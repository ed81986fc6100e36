import type { FileWarning } from '../../common/model/file-progress.ts';

/**
 * Adds what a part of a file gave reason to warn of to what earlier parts did: one warning for each
 * code, with the counts added up and the message that came first.
 */
export function addWarnings(
  before: readonly FileWarning[],
  found: readonly FileWarning[],
): FileWarning[] {
  const byCode = new Map(before.map((warning) => [warning.code, warning]));
  for (const warning of found) {
    const known = byCode.get(warning.code);
    const count = (known?.count ?? 0) + (warning.count ?? 0);
    byCode.set(warning.code, { ...(known ?? warning), ...(count > 0 && { count }) });
  }
  return [...byCode.values()];
}
