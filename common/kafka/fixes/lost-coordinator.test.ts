import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { internalModule } from '../internals.ts';
import { fixLostCoordinator } from './lost-coordinator.ts';

interface Coordinator {
  heartbeat(): Promise<void>;
}

interface Group {
  coordinator: Coordinator;
  offsetManager: { coordinator: Coordinator };
  memberId: string;
  lastRequest: number;
  heartbeat(options: { readonly interval: number }): Promise<void>;
}

class NotConnected extends Error {
  override readonly name = 'KafkaJSConnectionError';
}

const errorOf = (type: string) => Object.assign(new Error(type), { type });
const silent = { namespace: () => silent, debug() {}, info() {}, warn() {}, error() {} };
const INTERVAL = { interval: 0 };

/** A member whose coordinator answers every heartbeat with an error, and who looks for another. */
function aMember(error: Error) {
  fixLostCoordinator();
  const confirmed: string[] = [];
  const lost: Coordinator = { heartbeat: () => Promise.reject(error) };
  const next: Coordinator = { heartbeat: () => Promise.resolve() };
  const lookUps: PromiseWithResolvers<Coordinator>[] = [];
  const cluster = {
    findGroupCoordinator: () => {
      lookUps.push(Promise.withResolvers());
      return lookUps.at(-1)?.promise;
    },
  };
  const ConsumerGroup = internalModule<new (options: object) => Group>('consumer/consumerGroup');
  const instrumentationEmitter = { emit: (event: string) => confirmed.push(event) };
  const group = new ConsumerGroup({
    ...{ cluster, logger: silent, instrumentationEmitter, groupId: 'g' },
    ...{ topics: [], assigners: [], retry: {} },
  });
  const joined = { memberId: 'm', lastRequest: 0, coordinator: lost };
  Object.assign(group, joined, { offsetManager: { coordinator: lost } });
  return { group, next, lookUps, confirmed };
}

for (const error of [new NotConnected('refused'), errorOf('GROUP_LOAD_IN_PROGRESS')]) {
  test(`a member whose heartbeat fails with "${error.message}" goes on at the coordinator that there is`, async () => {
    const { group, next, lookUps, confirmed } = aMember(error);
    await group.heartbeat(INTERVAL);
    // Nothing waits for the search, and it is made once.
    await group.heartbeat(INTERVAL);
    assert.equal(lookUps.length, 1);
    assert.deepEqual(confirmed, [], 'no membership is confirmed meanwhile');
    lookUps[0]?.resolve(next);
    await turn();
    assert.equal(group.offsetManager.coordinator, next, 'commits go there, too');
    await group.heartbeat(INTERVAL);
    assert.equal(confirmed.length, 1);
  });
}

test('where no broker can tell, the next heartbeat has it looked for again', async () => {
  const { group, next, lookUps, confirmed } = aMember(new NotConnected('refused'));
  await group.heartbeat(INTERVAL);
  lookUps[0]?.reject(new NotConnected('refused'));
  await turn();
  await group.heartbeat(INTERVAL);
  lookUps[1]?.resolve(next);
  await turn();
  await group.heartbeat(INTERVAL);
  assert.deepEqual([lookUps.length, confirmed.length], [2, 1]);
});

test('a member that the group no longer knows, or that has to join again, is told so', async () => {
  for (const type of ['UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION']) {
    const { group, lookUps } = aMember(errorOf(type));
    await assert.rejects(group.heartbeat(INTERVAL), { type });
    assert.equal(lookUps.length, 0);
  }
});
