// `npm run reset`: a Kafka offset reset of the delivery group, or of one endpoint's own, so that it
// delivers again.
import { runCommand } from '../../common/cli/run-command.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import { AppError } from '../../common/base/errors.ts';
import { openCompactedTable } from '../../common/kafka/consume/compacted-table.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { openCursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import { applyReset, planReset, refuseMembers } from '../../common/kafka/admin/reset-offsets.ts';
import type { PartitionReset, ResetTarget } from '../../common/kafka/admin/reset-offsets.ts';
import { listRetryTopics, withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import { createLogger } from '../../common/base/logger.ts';
import { loadToolConfigOrExit } from '../../common/process/run-role.ts';
import { parseSubscription } from '../../common/model/subscription.ts';
import { topicNames } from '../../common/topics/topics.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import { RESET, parseResetArgs } from './reset-args.ts';
import type { ResetArgs } from './reset-args.ts';
import { formatTable } from '../../common/cli/table.ts';
import { connectToTopic } from './connect.ts';

async function run(args: ResetArgs & { kind: 'run' }): Promise<void> {
  const config = loadToolConfigOrExit();
  const logger = createLogger('reset', 'silent');
  const names = topicNames(config.TOPIC_PREFIX);
  const topic = args.topic ?? names.deliveries;
  const kafka = await connectToTopic(config, logger, { clientId: 'hookline-reset', topic });
  const groupPrefix = names.cursorGroupPrefix;
  const cursors = await openCursorStore({ kafka, groupPrefix, logger });
  await withAdmin(kafka, async (admin) => {
    const deps = { admin, cursors, kafka, names };
    if (args.subscription === null) await resetAll(deps, args);
    else await resetEndpoint(deps, { ...args, endpoint: args.subscription });
  });
  if (args.isDryRun) console.log('A dry run: nothing was changed.');
}

type Admin = Parameters<typeof planReset>[0];

interface Deps {
  readonly admin: Admin;
  readonly cursors: CursorStore;
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
}

type Reset = Omit<ResetArgs & { kind: 'run' }, 'kind' | 'subscription'>;

/** Sets the group back for all endpoints: none goes on from a cursor of its own any more. */
async function resetAll(deps: Deps, { target, topic, isDryRun }: Reset): Promise<void> {
  const { admin, cursors, kafka, names } = deps;
  const { deliveryGroup: groupId } = names;
  const plans: Plan[] = [];
  for (const one of topic === null ? await lanesOf(deps) : [topic]) {
    plans.push(await planOf(admin, { groupId, topic: one, target }));
  }
  // In retry topics only partitions that have lost their offset are reset: for the others no
  // position would be known.
  for (const one of topic === null ? await listRetryTopics(kafka, names) : []) {
    const { of, resets } = await planOf(admin, { groupId, topic: one, target });
    const lost = resets.filter(({ from, end }) => from === null && end > 0);
    if (lost.length === 0) continue;
    if (target.kind === 'offset') throw noSingleOffset(one);
    plans.push({ of, resets: lost });
  }
  for (const { of, resets } of plans) {
    if (!isDryRun) {
      await applyReset(admin, of, resets);
      const partitions = resets.map(({ partition }) => partition);
      await cursors.remove(await cursors.load(new Map([[of.topic, partitions]])));
    }
    console.log(report(of, resets));
  }
}

/** Has one endpoint go on from elsewhere, and leaves the others where they are. */
async function resetEndpoint(
  deps: Deps,
  { target, topic, isDryRun, endpoint }: Reset & { readonly endpoint: string },
): Promise<void> {
  const { admin, cursors, names } = deps;
  await refuseUnknown(deps, endpoint);
  await refuseMembers(admin, names.deliveryGroup);
  const groupId = names.cursorGroup(endpoint);
  for (const one of topic === null ? await lanesOf(deps) : [topic]) {
    const { of, resets } = await planOf(admin, { groupId, topic: one, target });
    const places = resets.map(({ partition, to: offset }) => {
      return { endpoint, topic: one, partition, offset, metadata: '' };
    });
    if (!isDryRun) await cursors.commit(places);
    console.log(report(of, resets));
  }
  console.log(`Only what is for ${endpoint} is delivered of these.`);
}

/** A system of an earlier version has one lane. */
async function lanesOf({ admin, names }: Deps): Promise<readonly string[]> {
  const existing = await admin.listTopics();
  return names.lanes.filter((name) => existing.includes(name));
}

async function refuseUnknown({ kafka, names }: Deps, endpoint: string): Promise<void> {
  if (endpoint === DEFAULT_ENDPOINT_ID) return;
  const table = await openCompactedTable({
    ...{ kafka, topic: names.subscriptions, parse: parseSubscription },
    logger: createLogger('reset', 'silent'),
    onFatal: (error) => {
      throw error;
    },
  });
  await table.caughtUp();
  const found = table.get(endpoint);
  await table.close();
  if (found && found.state !== 'deleted') return;
  throw new AppError(
    'command_refused',
    `--subscription "${endpoint}": there is none; \`GET /subscriptions\` lists them, and ` +
      `${DEFAULT_ENDPOINT_ID} is that of WEBHOOK_URL`,
  );
}

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
