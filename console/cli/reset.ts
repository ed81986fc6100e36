// `npm run reset`: a Kafka offset reset of the delivery group, so that it delivers again.
import { runCommand } from '../../common/cli/run-command.ts';
import { AppError } from '../../common/errors.ts';
import { fetchCommitted } from '../../common/kafka/offsets.ts';
import { applyReset, planReset } from '../../common/kafka/reset-offsets.ts';
import type { PartitionReset } from '../../common/kafka/reset-offsets.ts';
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
    const asked = topic === null ? lanes : [topic];
    const all = [...asked, ...retryTopics];
    const { hasAny } = await fetchCommitted(admin, groupId, all);
    // With no offset at all, those of the retry topics are gone too: left out, they would begin
    // at their start, and send again what was retried ever since.
    const topics = hasAny ? asked : all;
    if (!hasAny && retryTopics.length > 0 && target.kind === 'offset')
      throw noSingleOffset(groupId);
    for (const one of topics) {
      const of = { groupId, topic: one };
      const resets = await planReset(admin, { ...of, target });
      if (!isDryRun) await applyReset(admin, of, resets);
      console.log(report(of, resets));
    }
    if (isDryRun) console.log('A dry run: nothing was changed.');
  });
}

function noSingleOffset(groupId: string): AppError {
  const why = `Group ${groupId} has no offsets, on its retry topics neither`;
  return new AppError(
    'config_invalid',
    `${why}: --to takes a time, earliest or latest then, which hold for all of them.`,
  );
}

function report(
  of: { readonly groupId: string; readonly topic: string },
  resets: readonly PartitionReset[],
): string {
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
