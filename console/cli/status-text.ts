import type { FileView, SystemStatus } from '../status/status.ts';
import type { EndpointLine } from '../ledgers/endpoint-list.ts';
import { formatTable } from '../../common/cli/table.ts';

const format = new Intl.NumberFormat('en').format;

/** The status as lines for a terminal. */
export function statusText(status: SystemStatus): string {
  const { deliveries, topics, endpoints, consumers, files } = status;
  const waiting = topics.filter(({ lag }) => lag > 0);
  return [
    ...(status.notReady === null ? [] : [`not ready: ${status.notReady}`]),
    `delivered ${format(deliveries.delivered)}   waiting ${format(deliveries.waiting)}   ` +
      `in flight ${format(deliveries.in_flight)}   ` +
      `retrying ${format(deliveries.retrying)}   dead letters ${format(deliveries.deadLettered)}` +
      (status.loading ? '   (still reading the log of attempts)' : ''),
    '',
    ...table(
      ['file', 'reading', 'read', 'rows', 'delivered', 'waiting', 'retrying', 'dead', 'rejected'],
      files.latest.map((file) => [
        file.name,
        stateOf(file),
        `${Math.floor((100 * file.bytesRead) / Math.max(1, file.bytes))} %`,
        file.rows,
        file.delivered,
        file.waiting,
        file.retrying,
        file.dead,
        file.rejected,
      ]),
    ),
    ...leftInInbox(files),
    '',
    ...table(
      ['topic with lag', 'end', 'committed', 'lag (records)', 'lag (s)'],
      waiting.map(({ topic, end, committed, lag, lagSeconds }) => [
        topic,
        end,
        committed,
        lag,
        lagSeconds,
      ]),
    ),
    '',
    ...table(
      ['endpoint', 'state', 'a second (1 min)', 'last answer'],
      endpoints.map((one) => [one.url, one.state, one.ratePerSecond, lastWord(one)]),
    ),
    '',
    ...table(
      ['consumer', 'host', 'partitions', 'alarms'],
      consumers.map(({ clientId, host, partitions, alarms }) => [
        clientId,
        host,
        partitions.length,
        alarms.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ') || 'none',
      ]),
    ),
    '',
    `Kafka ${status.brokers.join(', ') || 'not seen yet'}`,
  ].join('\n');
}

/** Returns the lines about other files that lie in the inbox, if there are any. */
function leftInInbox({ left_in_inbox: left, left_in_inbox_count: count }: SystemStatus['files']) {
  if (count === 0) return [];
  const rows = left.map(({ name, message, since }) => [name, message, since]);
  const head = [`left in the inbox (${format(count)})`, 'why', 'since'];
  return ['', ...table(head, rows)];
}

/** A file's state, and what a person should know besides. */
function stateOf(file: FileView): string {
  const { state, isLedgerComplete, dead, rows, warnings, passed_over: passedOver } = file;
  const notes: string[] = warnings.map(({ code }) => code);
  // A file that is done was read to its end, which says nothing about its deliveries.
  if (passedOver > 0) notes.unshift(`${format(passedOver)} of ${format(rows)} passed over`);
  if (dead > 0) notes.unshift(`${format(dead)} of ${format(rows)} dead`);
  if (!isLedgerComplete) notes.unshift('attempts expired');
  return notes.length === 0 ? state : `${state} (${notes.join(', ')})`;
}

/** Why an endpoint gets nothing, or what it answered last. */
function lastWord({ disabledReason, lastError, lastStatus }: EndpointLine): string {
  return disabledReason ?? lastError ?? (lastStatus === null ? '-' : `HTTP ${lastStatus}`);
}

/** A table, or a line that says so when it is empty. */
function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  return rows.length === 0 ? [`no ${head[0]}`] : [formatTable(head, rows)];
}
