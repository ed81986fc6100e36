import { formatTable } from '../../common/cli/table.ts';
import type { Moved, PartitionReset } from '../../common/kafka/admin/reset-offsets.ts';
import { NAMED_MAX, offsetsAgain } from './begin.ts';
import type { ResetPlan, ResetRequest, TopicPlan } from './plan.ts';

/** Describes a reset, or the plan of one, for a terminal. */
export function reportReset(
  { members, topics, beginLater }: ResetPlan,
  { subscription }: Pick<ResetRequest, 'subscription'>,
  isDryRun: boolean,
): string {
  const named = beginLater.slice(0, NAMED_MAX);
  const more = beginLater.length - named.length;
  const rest = more > 0 ? ` and ${more.toLocaleString('en')} more` : '';
  return [
    ...topics.map(reportTopic),
    ...(subscription === null ? [] : [`Only what is for ${subscription} is delivered of these.`]),
    ...(named.length > 0
      ? [`Endpoints that begin later, and get nothing from before: ${named.join(', ')}${rest}.`]
      : []),
    ...(isDryRun && members.length > 0
      ? [`Consumers run (${members.join(', ')}): a reset is refused until they are stopped.`]
      : []),
    ...(isDryRun ? ['A dry run: nothing was changed.'] : []),
  ].join('\n');
}

function reportTopic({ topic, group, partitions }: TopicPlan): string {
  const clamped = numbersOf(partitions, 'into_log');
  const atBegin = numbersOf(partitions, 'to_begin');
  const again = offsetsAgain(partitions).toLocaleString('en');
  return [
    `Offsets of group ${group} on ${topic}:`,
    formatTable(
      ['partition', 'from', 'to', 'to deliver'],
      partitions.map(({ partition, from, to, end }) => [partition, from ?? '-', to, end - to]),
    ),
    `${again} offsets from there to the end (transaction markers included).`,
    ...(clamped === ''
      ? []
      : [`The offset is not in the log of partitions ${clamped}: the nearest was taken.`]),
    ...(atBegin === ''
      ? []
      : [`The endpoint begins later in partitions ${atBegin}: its begin was taken.`]),
  ].join('\n');
}

function numbersOf(partitions: readonly PartitionReset[], why: Moved): string {
  return partitions
    .filter(({ moved }) => moved === why)
    .map(({ partition }) => partition)
    .join(', ');
}
