// `npm run reset`: a Kafka offset reset of the delivery group, or of one endpoint's own, so that it
// delivers again.
import { runCommand } from '../../common/cli/run-command.ts';
import { createLogger } from '../../common/base/logger.ts';
import { openTopicDescriber } from '../../common/kafka/admin/topic-descriptions.ts';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import { openCursorStore } from '../../common/kafka/consume/cursor-store.ts';
import { loadToolConfigOrExit } from '../../common/process/run-role.ts';
import { lifeDigits } from '../../common/model/stored-source.ts';
import { openSubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import { Recipients } from '../../common/subscriptions/fan-out.ts';
import { topicNames } from '../../common/topics/topics.ts';
import { planOf } from '../reset/plan.ts';
import { reportReset } from '../reset/report.ts';
import { runReset } from '../reset/run-reset.ts';
import { connectToTopic } from './connect.ts';
import { RESET, parseResetArgs } from './reset-args.ts';
import type { ResetArgs } from './reset-args.ts';

async function run(args: ResetArgs & { kind: 'run' }): Promise<void> {
  const config = loadToolConfigOrExit();
  const logger = createLogger('reset', 'silent');
  const names = topicNames(config.TOPIC_PREFIX);
  const topic = args.topic ?? names.deliveries;
  const kafka = await connectToTopic(config, logger, { clientId: 'hookline-reset', topic });
  await using open = new AsyncDisposableStack();
  const fail = (reason: unknown) => {
    throw reason;
  };
  const role = { kafka, logger, open, fail };
  const subscriptions = await openSubscriptionTable(role, names.subscriptions);
  await subscriptions.caughtUp();
  const describer = await openTopicDescriber(kafka);
  open.defer(() => describer.close());
  const described = await describer.describe([...names.lanes, topic]);
  const idOf = (name: string) => described?.get(name)?.id ?? '';
  const lifeOf = (name: string) => {
    const source = subscriptions.sources().find((one) => one.topic === name);
    return source ? lifeDigits(source) : '';
  };
  const recipients = new Recipients(subscriptions, idOf, undefined, lifeOf);
  const groupPrefix = names.cursorGroupPrefix;
  const cursors = await openCursorStore({ kafka, groupPrefix, logger });
  open.defer(() => cursors.close());
  const plan = await withAdmin(kafka, (admin) => {
    const deps = { admin, cursors, kafka, names, subscriptions, recipients };
    return args.isDryRun ? planOf(deps, args) : runReset(deps, args);
  });
  console.log(reportReset(plan, args, args.isDryRun));
}

await runCommand(RESET, (words, env) => parseResetArgs(words, Date.now(), env), run);
