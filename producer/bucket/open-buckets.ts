import type { Config } from '../../common/config/config.ts';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { InboxState } from '../../common/model/inbox-state.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { Announce } from '../file/announcement.ts';
import type { FileStore } from '../file/file-store.ts';
import { UnfitFileError } from '../file/unfit-file.ts';
import { BucketStore } from './bucket-store.ts';
import { BucketWatcher } from './bucket-watcher.ts';
import { openS3 } from './s3.ts';

interface Deps {
  readonly config: Config;
  readonly dirs: DataDirs;
  readonly progress: CompactedTable<FileProgress>;
  readonly announce: Announce;
  readonly report: (part: 'buckets', state: InboxState) => void;
  readonly logger: Logger;
  readonly open: AsyncDisposableStack;
}

/** The buckets of S3_INBOX. */
export interface Buckets {
  readonly store: FileStore;
  /** Null without S3_INBOX. */
  readonly watcher: BucketWatcher | null;
  /** Begins to look for objects; they are no longer looked for when the process closes. */
  start(): void;
}

/** Opens the buckets of S3_INBOX. Without any, the SDK is not loaded. */
export async function openBuckets(deps: Deps): Promise<Buckets> {
  const { config, dirs, progress, announce, report, logger, open } = deps;
  const { S3_INBOX: inboxes, S3_AFTER: after } = config;
  if (inboxes.length === 0) return { store: NO_STORE, watcher: null, start: () => {} };
  const s3 = await openS3(config.S3_ENDPOINT, process.env);
  open.defer(() => s3.client.destroy());
  const watcher = new BucketWatcher({
    s3,
    inboxes,
    pollMs: config.S3_POLL,
    isMoved: after === 'move',
    progress,
    announce,
    report: (state) => report('buckets', state),
    logger,
  });
  const start = () => {
    watcher.start();
    open.defer(() => watcher.close());
  };
  return { store: new BucketStore({ s3, inboxes, after, dirs }), watcher, start };
}

/** Stands where S3_INBOX was emptied, or is set for other producers only: objects are set aside. */
const NO_STORE: FileStore = {
  open: () => Promise.reject(noInbox()),
  archive: () => Promise.reject(noInbox()),
};

const noInbox = () =>
  new UnfitFileError('object_refused', 'S3_INBOX is empty; set it to have this object read');
