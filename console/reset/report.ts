import { formatTable } from '../../common/cli/table.ts';
import { offsetsAgain } from './begin.ts';
import type { PlannedPartition } from './begin.ts';
import type { ResetPlan, ResetRequest, TopicPlan } from './plan.ts';

/** Endpoints that are named; of more only the number is. */
const NAMED_MAX = 20;

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
  const clamped = numbersOf(partitions, ({ isClamped }) => isClamped);
  const atBegin = numbersOf(partitions, ({ isBegin }) => isBegin);
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

function numbersOf(
  partitions: readonly PlannedPartition[],
  is: (one: PlannedPartition) => boolean,
): string {
  return partitions
    .filter(is)
    .map(({ partition }) => partition)
    .join(', ');
}
