// Goal: what a killed process had is given to others at once, and nobody who lives is thrown out.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectKafka } from '../../../common/kafka/client/connection.ts';
import { removeDeadMembers } from '../../../common/kafka/consume/dead-members.ts';
import { formatClientId } from '../../../common/kafka/client/process-name.ts';
import { openGroupView } from '../../../common/kafka/admin/group-view.ts';
import { ownProcess } from '../../../common/kafka/client/own-process.ts';
import { kafkaSettings, useBroker } from '../../support/broker.ts';
import { freshTopic, logger } from '../../support/fresh-topic.ts';
import { until } from '../../support/until.ts';

const MEMBER = join(import.meta.dirname, '../../support/group-member.ts');

test('members that are dead for certain are removed, and no others', async (t) => {
  const { name } = await freshTopic(t, 4);
  const broker = await useBroker(t);
  const group = `${name}-group`;
  const settings = { ...kafkaSettings(broker), INSTANCE_NAME: 'pod-1' };
  const kafka = connectKafka(settings, logger, 'test');
  const ours = ownProcess('pod-1');
  const elsewhere = (instance: string) =>
    formatClientId('consumer', { ...ours, instance, space: 'elsewhere', pid: 7 });

  const startMember = async (clientId: string) => {
    const child = spawn(process.execPath, [MEMBER], {
      env: {
        ...process.env,
        ...{ KAFKA_BROKERS: broker.brokers.join(), GROUP: group, TOPIC: name },
        CLIENT_ID: clientId,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    return child;
  };
  const killed = await startMember('');
  const killedContainer = await startMember(elsewhere(ours.instance));
  await startMember(elsewhere('pod2'));
  const frozen = await startMember('');
  const view = await openGroupView(kafka, group);
  t.after(() => view.close());
  await until(async () => (await view.members()).length === 4);
  frozen.kill('SIGSTOP');
  for (const child of [killed, killedContainer]) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await removeDeadMembers({ kafka, groups: [group], logger });
  const left = (await view.members()).map(({ clientId }) => clientId);
  assert.equal(left.length, 2, left.join());
  assert.ok(left.includes(elsewhere('pod2')), 'another replica stays');
  assert.ok(
    left.some((clientId) => clientId.includes(`.${(frozen.pid ?? 0).toString(36)}.`)),
    'one that stands still is not dead',
  );
});
