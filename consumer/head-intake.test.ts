import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAIN_SOURCES, SAME_SOURCES } from '../test/support/plain-sources.ts';
import type { LogRecord } from '../common/kafka/log-record.ts';
import { endpointOf } from '../common/subscriptions/fan-out.ts';
import { recipientsOf } from '../test/support/recipients.ts';
import { aSubscription } from '../test/support/subscription.ts';
import type { GivenSubscription } from '../test/support/subscription.ts';
import type { Backlogs } from './backlog/backlogs.ts';
import type { Endpoint } from './endpoint/endpoint.ts';
import { HeadIntake } from './head-intake.ts';
import { FlowControl } from './partition/flow-control.ts';
import { packedRecord } from '../test/support/packed-record.ts';
import { PartitionState } from './partition/partition-state.ts';
import { ERASED, LOCKED, NO_USER_KEYS } from '../common/user-keys/body-keys.ts';
import type { BodyKeys, BodyState } from '../common/user-keys/body-keys.ts';

function anEvent(offset: number, more: Record<string, string> = {}): LogRecord {
  const headers = { 'webhook-id': `e${offset}`, 'wh-fan-out': '1', 'event-type': 'any', ...more };
  const place = { topic: 't', partition: 0, offset, timestampMs: 1 };
  return { ...place, key: 'user-1', value: Buffer.from('{}'), headers };
}

/** An intake with its subscriptions, whose deliveries and detached endpoints it lists. */
function aHead(
  subscriptions: readonly GivenSubscription[],
  bodyKeys: Pick<BodyKeys, 'stateOf' | 'settle'> = NO_USER_KEYS,
  logs = SAME_SOURCES,
) {
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
    ...{ sources: PLAIN_SOURCES, logs },
    bodyKeys,
    recipients: recipientsOf(...subscriptions.map((one) => aSubscription(one))),
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
      receive: (_home, _tracked, { offset, refused, headers }) => {
        received.push(`${offset} ${refused ?? endpointOf({ headers })}`);
      },
      cancelEvent: (_home, _tracked, { offset }, reason) => {
        received.push(`${offset} cancelled ${reason}`);
      },
    },
    flowControl,
  });
  const take = (...events: readonly LogRecord[]) => {
    for (const event of events) flowControl.fetched(home, packedRecord(event));
    head.goOn(home);
  };
  return { take, received, detached };
}

test('a closed endpoint is detached once the others have their delivery of an event, in order', () => {
  const { take, received, detached } = aHead(['closed', 'open', 'other'].map((id) => ({ id })));
  take(anEvent(0), anEvent(1));
  assert.deepEqual(detached, ['closed']);
  assert.deepEqual(received, ['0 open', '0 other', '1 open', '1 other']);
});

test('an encrypted event is refused once where USER_KEYS is off, and not for each subscription', () => {
  const { take, received } = aHead([{ id: 'one' }, { id: 'two' }]);
  take(anEvent(0, { 'wh-user-key': 'k' }), anEvent(1));
  assert.deepEqual(received, [`0 ${LOCKED}`, '1 one', '1 two']);
});

test('an erased event is cancelled for who takes all, and once for all that have filters', () => {
  const filter = JSON.stringify({ body: { kind: [{ exists: false }] } });
  const filtered = ['f1', 'f2'].map((id) => ({ id, filter }));
  const stateOf = (): BodyState => 'erased';
  const { take, received } = aHead([{ id: 'all' }, ...filtered], { ...NO_USER_KEYS, stateOf });
  take(anEvent(0, { 'wh-user-key': 'k' }), anEvent(1, { 'wh-fan-out': 'default' }));
  assert.deepEqual(received, [
    '0 all',
    `0 cancelled ${ERASED}; subscriptions whose filters may have taken the event: 2`,
    // The delivery to WEBHOOK_URL has the event's own id.
    '1 all',
    '1 default',
  ]);
});

test('nothing more is taken of a source that was made again: it may begin with what is fetched here', () => {
  let isOfOtherSource = false;
  const { take, received } = aHead([{ id: 'one' }], NO_USER_KEYS, {
    isOfOtherSource: () => isOfOtherSource,
  });
  take(anEvent(0));
  isOfOtherSource = true;
  take(anEvent(1));
  assert.deepEqual(received, ['0 one']);
});
