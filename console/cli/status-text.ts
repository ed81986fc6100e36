import type { FileView, SystemStatus } from '../status/schemas.ts';
import type { EndpointView } from '../ledgers/endpoint-view.ts';
import { formatTable } from '../../common/cli/table.ts';
import { timeLeft } from '../../common/cli/time-left.ts';
import { fileEtaSeconds } from './file-eta.ts';

const format = new Intl.NumberFormat('en').format;
const FILE_COUNTS = ['rows', 'delivered', 'waiting', 'retrying', 'dead', 'rejected'] as const;

/** The status as lines for a terminal. */
export function statusText(status: SystemStatus, nowMs: number): string {
  const { deliveries, topics, endpoints, consumers, files, replays } = status;
  const waiting = topics.filter(({ lag }) => lag > 0);
  return [
    ...summaryLines(status),
    `delivered ${format(deliveries.delivered)}   waiting ${format(deliveries.waiting)}   ` +
      `in flight ${format(deliveries.in_flight)}   ` +
      `retrying ${format(deliveries.retrying)}   dead letters ${format(deliveries.dead_lettered)}` +
      (status.loading ? '   (still reading the log of attempts)' : ''),
    '',
    ...table(
      ['file', 'reading', 'left', 'read', ...FILE_COUNTS],
      files.latest.map((file) => [
        file.name,
        stateOf(file),
        timeLeftOf(fileEtaSeconds(file, nowMs)),
        `${Math.floor((100 * file.bytes_read) / Math.max(1, file.bytes))} %`,
        ...FILE_COUNTS.map((name) => file[name]),
      ]),
    ),
    ...leftInInbox(files),
    '',
    ...table(
      ['topic with lag', 'end', 'committed', 'lag (records)', 'lag (s)'],
      waiting.map(({ topic, end, committed, lag, lag_seconds }) => [
        topic,
        end,
        committed,
        lag,
        lag_seconds,
      ]),
    ),
    '',
    ...table(
      ['endpoint', 'state', 'a second (1 min)', 'behind', 'oldest', 'last answer'],
      endpoints.map((one) => [
        ...[one.target, one.state, one.rate, one.behind ?? '-'],
        one.oldest_waiting_seconds === null ? '-' : `${format(one.oldest_waiting_seconds)} s`,
        lastWord(one),
      ]),
    ),
    ...replayLines(replays),
    '',
    ...table(
      ['consumer', 'host', 'partitions', 'alarms'],
      consumers.map(({ client_id, host, partitions, alarms }) => [
        client_id,
        host,
        partitions.length,
        alarms.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ') || 'none',
      ]),
    ),
    '',
    `Kafka ${status.brokers.join(', ') || 'not seen yet'}`,
  ].join('\n');
}

/** Returns the lines about replays under way, if there are any. */
function replayLines(replays: SystemStatus['replays']): readonly string[] {
  if (replays.length === 0) return [];
  const head = ['replay', 'read', 'copied', 'since'];
  const shareOf = (read: number, all: number) => Math.floor((100 * read) / Math.max(1, all));
  return [
    '',
    ...table(
      head,
      replays.map(({ id, read, offsets, copied, started_at: since }) => [
        ...[id, `${shareOf(read, offsets)} %`, copied, since],
      ]),
    ),
  ];
}

function timeLeftOf(seconds: number | null): string {
  return timeLeft(seconds ?? 'NULL').replace(/^ · | left$/g, '') || '-';
}

/** Returns the state in one line, as the dashboard has it, and what to do next. */
function summaryLines({ summary, not_ready: notReady }: SystemStatus): string[] {
  const { state, headline, actions } = summary;
  return [
    state === 'ok' ? headline : `${state}: ${headline}`,
    ...actions.map(({ text }) => `  > ${text}`),
    ...(notReady === null ? [] : [`not ready: ${notReady}`]),
    '',
  ];
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
  const {
    state,
    ledger_complete: isComplete,
    dead,
    rows,
    warnings,
    passed_over: passedOver,
  } = file;
  const notes: string[] = warnings.map(({ code }) => code);
  // A file that is done was read to its end, which says nothing about its deliveries.
  if (passedOver > 0) notes.unshift(`${format(passedOver)} of ${format(rows)} passed over`);
  if (dead > 0) notes.unshift(`${format(dead)} of ${format(rows)} dead`);
  if (!isComplete) notes.unshift('attempts expired');
  return notes.length === 0 ? state : `${state} (${notes.join(', ')})`;
}

/** Why an endpoint gets nothing, or what it answered last. */
function lastWord(endpoint: EndpointView): string {
  const { disabled_reason, last_error, last_status } = endpoint;
  return disabled_reason ?? last_error ?? (last_status === null ? '-' : `HTTP ${last_status}`);
}

/** A table, or a line that says so when it is empty. */
function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  return rows.length === 0 ? [`no ${head[0]}`] : [formatTable(head, rows)];
}
