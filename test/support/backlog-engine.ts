// Connects the model in backlog-model.ts with the engine that it tests.
import { FlowControl } from '../../consumer/partition/flow-control.ts';
import assert from 'node:assert/strict';
import { PLAIN_SOURCES, SAME_SOURCES } from './plain-sources.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { Endpoint } from '../../consumer/endpoint/endpoint.ts';
import { Backlogs } from '../../consumer/backlog/backlogs.ts';
import type { Tracked } from '../../consumer/partition/offset-tracker.ts';
import type { Scheduler } from '../../consumer/schedule/scheduler.ts';
import { HeadIntake } from '../../consumer/head-intake.ts';
import { Losses } from '../../consumer/log/losses.ts';
import type { Held, Home } from '../../consumer/partition/home.ts';
import { END, LOG, count, recipients } from './backlog-log.ts';
import { NO_USER_KEYS } from '../../common/user-keys/body-keys.ts';

const logger = createLogger('test', 'silent');

interface Given {
  readonly find: (subscription: string | null) => Endpoint | null;
  readonly receive: (home: Home, tracked: Tracked, record: LogRecord) => void;
  readonly takeOut: (endpoint: Endpoint) => readonly Held[];
  /** Offset at which the log begins. */
  readonly low: () => number;
}

export function anEngine({ find, receive, takeOut, low }: Given) {
  const backlogs = new Backlogs({
    ...{ sources: PLAIN_SOURCES, logs: SAME_SOURCES },
    endpoints: {
      find,
      lookUp: (name) => Promise.resolve(find(name)),
      hasNeighbours: () => true,
      underWay: () => [],
    },
    recipients,
    outcomeWriter: { cancelLeft: () => Promise.resolve() },
    scheduler: { takeOut } as unknown as Scheduler,
    flowControl: { left: count(-1), moved: () => {}, balance: () => {} } as unknown as FlowControl,
    reader: {
      read: ({ offset: from }) => {
        const begin = low();
        if (from < begin) return Promise.resolve({ records: [], readTo: begin, low: begin });
        const records = LOG.filter((one) => one.offset >= from && one.offset < from + 9);
        return Promise.resolve({ records, readTo: Math.min(END, from + 9), low: begin });
      },
      close: () => Promise.resolve(),
    },
    receive,
    lanes: ['t'],
    retentionMs: null,
    losses: new Losses(logger),
    logger,
    onFatal: (error) => assert.fail(String(error)),
  });
  const head = new HeadIntake({
    ...{ sources: PLAIN_SOURCES, logs: SAME_SOURCES },
    bodyKeys: NO_USER_KEYS,
    ...{ recipients, backlogs, endpoints: { find } },
    deliveryLoop: { receive, cancelEvent: () => assert.fail('nothing is erased') },
    flowControl: new FlowControl(
      () => null,
      'bulk',
      () => {},
    ),
  });
  return { backlogs, head };
}
