// `npm run redrive`: dead letters back into delivery, straight on Kafka.
import { ensureTopics } from '../../common/kafka/topic-admin.ts';
import { createLogger } from '../../common/logger.ts';
import { loadToolConfigOrExit } from '../../common/run-role.ts';
import { topicNames, topicTable } from '../../common/topics.ts';
import { USAGE, parseRedriveArgs } from '../redrive/decide/redrive-args.ts';
import type { RedriveArgs } from '../redrive/decide/redrive-args.ts';
import { describeRedrive } from '../redrive/decide/report.ts';
import { redrive } from '../redrive/redrive.ts';
import { connectToTopic } from './connect.ts';
import { createProgressBar } from './progress-bar.ts';
import { interruptSignal, runCommand } from './run-command.ts';

async function run({ options }: RedriveArgs & { kind: 'run' }): Promise<void> {
  const config = loadToolConfigOrExit();
  const logger = createLogger('redrive', 'error');
  const names = topicNames(config.TOPIC_PREFIX);
  const topic = names.deadLetters;
  const kafka = await connectToTopic(config, logger, { clientId: 'hookline-redrive', topic });
  // Together, as the state has a partition for each of the dead letters'.
  const state = topicTable(config).filter(({ name }) =>
    [names.redriveProgress, names.deadLetters].includes(name),
  );
  await ensureTopics(kafka, state, config.REPLICATION_FACTOR, logger);

  const signal = interruptSignal();
  const bar = createProgressBar('the dead letters');
  const { onProgress } = bar;
  try {
    const tally = await redrive({ kafka, names, logger, signal, onProgress }, options);
    bar.stop();
    const { isDryRun } = options;
    console.log(describeRedrive(tally, { isDryRun, isStopped: signal.aborted }));
  } finally {
    bar.stop();
  }
}

await runCommand(parseRedriveArgs(process.argv.slice(2), Date.now()), USAGE, run);
