import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAIN_SOURCES } from '../test/support/plain-sources.ts';
import type { LogRecord } from '../common/kafka/log-record.ts';
import { endpointOf } from '../common/subscriptions/fan-out.ts';
import { recipientsOf } from '../test/support/recipients.ts';
import { aSubscription } from '../test/support/subscription.ts';
import type { Backlogs } from './backlog/backlogs.ts';
import type { Endpoint } from './endpoint/endpoint.ts';
import { HeadIntake } from './head-intake.ts';
import { FlowControl } from './partition/flow-control.ts';
import { packedRecord } from '../test/support/packed-record.ts';
import { PartitionState } from './partition/partition-state.ts';
import { NO_USER_KEYS } from '../common/user-keys/body-keys.ts';

function anEvent(offset: number): LogRecord {
  const headers = { 'webhook-id': `e${offset}`, 'wh-fan-out': '1', 'event-type': 'any' };
  const place = { topic: 't', partition: 0, offset, timestampMs: 1 };
  return { ...place, key: 'user-1', value: Buffer.from('{}'), headers };
}

test('a closed endpoint is detached once the others have their delivery of an event, in order', () => {
  const home = new PartitionState('t', 0, 0, null);
  const flowControl = new FlowControl(
    () => null,
    'bulk',
    () => {},
  );
  const received: string[] = [];
  const detached: string[] = [];
  const isClosed = (id: string) => ({ isClosedAt: () => id === 'closed' }) as unknown as Endpoint;
  const head: HeadIntake = new HeadIntake({
    sources: PLAIN_SOURCES,
    bodyKeys: NO_USER_KEYS,
    recipients: recipientsOf(...['closed', 'open', 'other'].map((id) => aSubscription({ id }))),
    endpoints: { find: (id) => isClosed(id ?? '') },
    backlogs: {
      takes: (_root: PartitionState, id: string) => detached.includes(id),
      // Detaching lets go of the endpoint's records in memory, so there is room for the fetched
      // ones.
      detach(root: PartitionState, id: string) {
        detached.push(id);
        head.goOn(root);
      },
      wakeIn: () => {},
    } as unknown as Backlogs,
    deliveryLoop: {
      receive: (_home, _tracked, record) => {
        received.push(`${record.offset} ${endpointOf(record)}`);
      },
    },
    flowControl,
  });
  for (const offset of [0, 1]) flowControl.fetched(home, packedRecord(anEvent(offset)));
  head.goOn(home);
  assert.deepEqual(detached, ['closed']);
  assert.deepEqual(received, ['0 open', '0 other', '1 open', '1 other']);
});
