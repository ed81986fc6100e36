import { z } from 'zod';
import { count, time } from '../../common/http/describe.ts';
import {
  FILE_STATES,
  FileError,
  FileWarning,
  SameContent,
} from '../../common/model/file-progress.ts';
import { LeftEntry } from '../../common/model/inbox-state.ts';
import { EndpointView } from '../ledgers/endpoint-view.ts';
import { ReplayView } from '../replay/schemas.ts';
import { ShownSettings } from './shown-settings.ts';
import { SourceStatus } from './source-status.ts';
import { SUMMARY_STATES } from './summary.ts';

/** Shapes of the answers about files and about the whole system. */

export const FileView = z
  .object({
    id: z.string(),
    name: z.string(),
    object: z.string().optional().describe('`s3://BUCKET/KEY` of an object of S3_INBOX'),
    state: z.enum(FILE_STATES),
    bytes: count,
    bytes_read: count,
    rows: count.describe(
      'delivered + retrying + dead + cancelled + rejected + waiting + passed_over',
    ),
    rejected: count,
    delivered: count,
    retrying: count,
    dead: count,
    cancelled: count.describe('rows that were given up by request'),
    waiting: count.describe('rows in the log that were not attempted yet'),
    passed_over: count.describe(
      'rows that will never be attempted: offsets were set beyond them, or the log was cut',
    ),
    warnings: z
      .array(FileWarning.meta({ id: 'FileWarning' }))
      .describe('remarks on a file that was read to its end; `count`: number of rows concerned'),
    same_content_as: SameContent.meta({ id: 'EarlierFile' })
      .nullable()
      .describe(
        'an earlier file of exactly this content, and when it was read; null: none is known',
      ),
    started_at: time.nullable(),
    finished_at: time.nullable(),
    cancelled_at: time.nullable().describe('when somebody cancelled the rest; null: nobody did'),
    settled_at: time
      .nullable()
      .describe(
        'when the last delivery of its rows ended, or their reading after that; null: some wait',
      ),
    ledger_complete: z.boolean().describe('false: the attempts of some rows have expired'),
    error: FileError.meta({ id: 'FileError' }).optional(),
  })
  .meta({ id: 'FileLedger' });
export type FileView = Readonly<z.infer<typeof FileView>>;

const leftInInbox = {
  left_in_inbox: z
    .array(LeftEntry.meta({ id: 'LeftInInbox' }))
    .describe('entries of the inbox that are not read, or not yet; the first 100 by name'),
  left_in_inbox_count: count,
};

export const FileList = z
  .object({ files: z.array(FileView), ...leftInInbox })
  .meta({ id: 'FileList' });

const TopicStatus = z
  .object({
    topic: z.string(),
    end: count,
    committed: count,
    lag: count.describe('records and transaction markers behind the committed offset'),
    lag_seconds: count.describe('age of the oldest waiting record, in seconds'),
  })
  .meta({ id: 'TopicStatus' });

const FilesStatus = z
  .object({
    ...{ queued: count, reading: count, done: count, failed: count, cancelled: count },
    latest: z.array(FileView),
    ...leftInInbox,
  })
  .meta({ id: 'FilesStatus' });

const DeliveriesStatus = z
  .object({
    ...{ delivered: count, retrying: count },
    waiting: count.describe('unfinished deliveries in the log, neither in flight nor retrying'),
    in_flight: count.describe('requests that were sent and have no answer yet'),
    dead_lettered: count,
    dead_lettered_last_hour: count.describe('also those that were put back since'),
    cancelled: count,
  })
  .meta({ id: 'DeliveriesStatus' });

const ConsumerStatus = z
  .object({
    client_id: z.string(),
    host: z.string(),
    partitions: z.array(count),
    alarms: z.array(z.object({ kind: z.string(), detail: z.string() }).meta({ id: 'Alarm' })),
  })
  .meta({ id: 'ConsumerStatus' });

const Summary = z
  .object({
    state: z.enum(SUMMARY_STATES),
    headline: z.string().describe('the state in one line, the worst first'),
    actions: z
      .array(z.object({ text: z.string(), href: z.string() }).meta({ id: 'SummaryAction' }))
      .describe('what to do next; `href` is a link within the dashboard'),
  })
  .meta({ id: 'Summary' });

const Disk = z
  .object({ free_bytes: count, total_bytes: count })
  .meta({ id: 'Disk' })
  .describe('the disk with the data folder of the console; null: not known');

export const SystemStatus = z
  .object({
    summary: Summary,
    loading: z.boolean().describe('true: the log is still being read, and the counts grow'),
    not_ready: z
      .string()
      .nullable()
      .describe('why /health/ready does not answer 200; null: it does'),
    brokers: z.array(z.string()),
    broker_seen_at: time.nullable(),
    topics: z.array(TopicStatus),
    sources: z.array(SourceStatus).describe('topics of yours whose records are events'),
    disk: Disk.nullable(),
    settings: ShownSettings,
    inbox: z.string().describe('folder in which files are dropped'),
    files: FilesStatus,
    deliveries: DeliveriesStatus,
    oldest_waiting_seconds: count.describe(
      'age of the oldest delivery that waits, but for endpoints that are paused or disabled',
    ),
    endpoints: z.array(EndpointView),
    consumers: z.array(ConsumerStatus),
    replays: z.array(ReplayView).describe('replays under way'),
  })
  .meta({ id: 'Status' });
export type SystemStatus = Readonly<z.infer<typeof SystemStatus>>;
