// A process may make its final commit of a partition, and leave, after its successor has read an
// earlier one: between the two lie several requests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUIET_HANDOVER } from '../../support/quiet-handover.ts';
import type { TestContext } from 'node:test';
import { connectKafka } from '../../../common/kafka/client/connection.ts';
import { openGroupView } from '../../../common/kafka/admin/group-view.ts';
import { joinGroup } from '../../../common/kafka/consume/group.ts';
import type { Commit, Group } from '../../../common/kafka/ports.ts';
import { encodeCommitMark } from '../../../common/kafka/positions/commit-metadata.ts';
import type { PartitionState } from '../../../consumer/partition/partition-state.ts';
import { takeOver } from '../../../consumer/partition/handover.ts';
import { kafkaSettings, useBroker } from '../../support/broker.ts';
import { failTest, freshTopic, logger } from '../../support/fresh-topic.ts';
import { until } from '../../support/until.ts';

async function aMember(t: TestContext, topic: string, clientId: string): Promise<Group> {
  const kafka = connectKafka(kafkaSettings(await useBroker(t)), logger, clientId);
  const handlers = {
    onFence: () => {},
    onAssigned: () => Promise.resolve([]),
    onRecords: () => {},
  };
  const group = await joinGroup({
    ...{ kafka, groupId: `${topic}-group`, topics: [topic] },
    ...{ handlers, logger, onFatal: failTest },
  });
  const close = group.close.bind(group);
  let closed: Promise<void> | undefined;
  group.close = () => (closed ??= close());
  t.after(() => group.close());
  await until(() => group.isStable);
  return group;
}

function word(topic: string, offset: number, owner: string, isReleased: boolean): Commit {
  const { text: metadata } = encodeCommitMark(offset, { owner, isReleased, done: [], retries: [] });
  return { topic, partition: 0, offset, metadata };
}

for (const [who, owner, isReleased] of [
  ['another process that has left', 'leaving', false],
  ['our own earlier membership', 'staying', true],
] as const) {
  test(`a partition begins at the final commit of ${who}`, async (t) => {
    const { kafka, name } = await freshTopic(t, 1);
    const view = await openGroupView(kafka, `${name}-group`);
    t.after(() => view.close());
    const staying = await aMember(t, name, 'staying');
    const leaving = await aMember(t, name, 'leaving');
    await until(() => staying.isStable);
    await leaving.commit([word(name, 3, owner, false)]);
    const { offset, metadata } = (await view.committed([name])).get(name, 0);
    assert.equal(offset, 3);
    await leaving.commit([word(name, 7, owner, isReleased)]);
    const { epoch } = staying;
    await leaving.close();
    await until(() => staying.epoch > epoch && staying.isStable);

    const begun: PartitionState[] = [];
    await takeOver(
      {
        ...QUIET_HANDOVER,
        ...{ owner: 'staying', group: staying, leaving: new Map(), waitMsMax: 10_000, logger },
        committed: (topics) => view.committed(topics),
        liveOwners: () => view.liveClientIds(),
        begin: (work) => begun.push(work),
      },
      staying.epoch,
      [{ topic: name, partition: 0, offset, metadata, low: 0, readTo: 0 }],
    );
    assert.deepEqual(
      begun.map(({ tracker }) => tracker.commitPoint),
      [7],
    );
    const now = (await view.committed([name])).get(name, 0);
    assert.equal(now.offset, 7, 'and nothing is wound back');
  });
}
