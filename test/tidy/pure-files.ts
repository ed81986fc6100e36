/** Files that decide by their arguments alone, by folder; they lie beside their owners. */
const PURE_BY_FOLDER: Readonly<Record<string, readonly string[]>> = {
  'common/kafka/admin': ['partition-plan'],
  'common/kafka/client': ['offsets-partition', 'process-name'],
  'common/kafka/consume': ['assign', 'failure-row', 'scan-window'],
  'common/kafka/positions': [
    'commit-metadata',
    'commit-parts',
    'cursor-mark',
    'offset-map',
    'unfinished',
  ],
  'common/kafka/produce': [
    'batch-numbers',
    'gathered-lines',
    'partition-queue',
    'produce-answer',
    'record-bytes',
  ],
  'common/kafka/protocol': [
    'aborted-records',
    'batch-head',
    'byte-writer',
    'codecs',
    'decode-records',
    'encode-produce',
    'fetched-range',
    'offset-delete',
    'topic-metadata',
  ],
  'common/send/http1': [
    'answer-reader',
    'body',
    'describe-bytes',
    'gathered-head',
    'head',
    'odd-head',
    'request-bytes',
  ],
  'consumer/backlog': ['detach-policy'],
  'consumer/endpoint': [
    'adaptive-rate',
    'circuit-breaker',
    'disable-policy',
    'disabled-event',
    'endpoint-name',
    'grant-budget',
    'time-slots',
  ],
  'consumer/health': ['alarms', 'behind-alarms'],
  'consumer/log': ['loss-alarms', 'offsets-gone'],
  'consumer/outcome': ['failure-record', 'next-step'],
  'consumer/partition': ['offset-tracker', 'owed', 'ranges', 'within-log'],
  'consumer/schedule': ['bulkhead', 'lane-share'],
};

/** Paths from the root of files in which clock, randomness and effects are forbidden. */
export const PURE_FILES: ReadonlySet<string> = new Set(
  Object.entries(PURE_BY_FOLDER).flatMap(([folder, names]) =>
    names.map((name) => `${folder}/${name}.ts`),
  ),
);
