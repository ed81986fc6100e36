import { DLQ_HEADER, HEADER } from '../../common/model/delivery.ts';

/** Headers that a failure has added. A delivery without them gets its full schedule again. */
const OF_THE_FAILURE: ReadonlySet<string> = new Set([
  HEADER.attempt,
  HEADER.dueAt,
  HEADER.firstFailedAt,
  HEADER.lastStatus,
  HEADER.position,
  ...Object.values(DLQ_HEADER),
]);

/** The headers as the delivery had them before its first attempt. */
export function originHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_FAILURE.has(name)));
}
