// `npm run reset`: a Kafka offset reset of the delivery group, so that it delivers again.
import { runCommand } from '../../common/cli/run-command.ts';
import { AppError } from '../../common/errors.ts';
import { applyReset, planReset } from '../../common/kafka/reset-offsets.ts';
import type { PartitionReset, ResetTarget } from '../../common/kafka/reset-offsets.ts';
import { listRetryTopics, withAdmin } from '../../common/kafka/topic-admin.ts';
import { createLogger } from '../../common/logger.ts';
import { loadToolConfigOrExit } from '../../common/run-role.ts';
import { topicNames } from '../../common/topics.ts';
import { RESET, parseResetArgs } from '../decide/reset-args.ts';
import type { ResetArgs } from '../decide/reset-args.ts';
import { formatTable } from '../decide/table.ts';
import { connectToTopic } from './connect.ts';

async function run({ target, topic, isDryRun }: ResetArgs & { kind: 'run' }): Promise<void> {
  const config = loadToolConfigOrExit();
  const logger = createLogger('reset', 'silent');
  const names = topicNames(config.TOPIC_PREFIX);
  const { deliveryGroup: groupId } = names;
  const named = topic ?? names.deliveries;
  const clientId = 'hookline-reset';
  const kafka = await connectToTopic(config, logger, { clientId, topic: named });
  const retryTopics = topic === null ? await listRetryTopics(kafka, names) : [];
  await withAdmin(kafka, async (admin) => {
    const existing = await admin.listTopics();
    // A system of an earlier version has one lane.
    const lanes = names.lanes.filter((name) => existing.includes(name));
    const plans: Plan[] = [];
    for (const one of topic === null ? lanes : [topic]) {
      plans.push(await planOf(admin, { groupId, topic: one, target }));
    }
    // Of these only what has lost its offset: nobody could say where to go on in it.
    for (const one of retryTopics) {
      const { of, resets } = await planOf(admin, { groupId, topic: one, target });
      const lost = resets.filter(({ from, end }) => from === null && end > 0);
      if (lost.length === 0) continue;
      if (target.kind === 'offset') throw noSingleOffset(one);
      plans.push({ of, resets: lost });
    }
    for (const { of, resets } of plans) {
      if (!isDryRun) await applyReset(admin, of, resets);
      console.log(report(of, resets));
    }
    if (isDryRun) console.log('A dry run: nothing was changed.');
  });
}

type Admin = Parameters<typeof planReset>[0];

interface Plan {
  readonly of: { readonly groupId: string; readonly topic: string };
  readonly resets: readonly PartitionReset[];
}

async function planOf(
  admin: Admin,
  { target, ...of }: Plan['of'] & { readonly target: ResetTarget },
): Promise<Plan> {
  return { of, resets: await planReset(admin, { ...of, target }) };
}

function noSingleOffset(topic: string): AppError {
  return new AppError(
    'config_invalid',
    `The group has lost its offsets of ${topic} as well: --to takes a time, earliest or latest ` +
      'then, which hold for all topics.',
  );
}

function report(of: Plan['of'], resets: Plan['resets']): string {
  const again = resets.reduce((sum, { to, end }) => sum + (end - to), 0);
  const clamped = resets.filter(({ isClamped }) => isClamped).map(({ partition }) => partition);
  return [
    `Offsets of group ${of.groupId} on ${of.topic}:`,
    formatTable(
      ['partition', 'from', 'to', 'to deliver'],
      resets.map(({ partition, from, to, end }) => [partition, from ?? '-', to, end - to]),
    ),
    `${again.toLocaleString('en')} offsets from there to the end (transaction markers included).`,
    ...(clamped.length > 0
      ? [`The offset is not in the log of partitions ${clamped.join(', ')}: the nearest was taken.`]
      : []),
  ].join('\n');
}

await runCommand(RESET, parseResetArgs, run);
