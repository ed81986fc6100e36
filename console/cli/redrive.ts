// `npm run redrive`: dead letters back into delivery, straight on Kafka.
import { AppError } from '../../common/errors.ts';
import { ensureTopics } from '../../common/kafka/topic-admin.ts';
import { createLogger } from '../../common/logger.ts';
import { loadConfigOrExit } from '../../common/run-role.ts';
import { topicNames, topicTable } from '../../common/topics.ts';
import { USAGE, parseRedriveArgs } from '../redrive/decide/redrive-args.ts';
import type { RedriveOptions } from '../redrive/decide/redrive-args.ts';
import { describeRedrive } from '../redrive/decide/report.ts';
import { redrive } from '../redrive/redrive.ts';
import { connectToTopic } from './connect.ts';
import { createProgressBar } from './progress-bar.ts';

const INTERRUPTED_EXIT_CODE = 130;

async function run(options: RedriveOptions): Promise<void> {
  const config = loadConfigOrExit();
  const logger = createLogger('redrive', 'error');
  const names = topicNames(config.TOPIC_PREFIX);
  const topic = names.deadLetters;
  const kafka = await connectToTopic(config, logger, { clientId: 'hookline-redrive', topic });
  const state = topicTable(config).filter(({ name }) => name === names.redriveProgress);
  await ensureTopics(kafka, state, config.REPLICATION_FACTOR, logger);

  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupt.abort());
  const bar = createProgressBar('the dead letters');
  const { onProgress } = bar;
  try {
    const { signal } = interrupt;
    const tally = await redrive({ kafka, names, logger, signal, onProgress }, options);
    bar.stop();
    const isStopped = signal.aborted;
    console.log(describeRedrive(tally, { isDryRun: options.isDryRun, isStopped }));
    if (isStopped) process.exitCode = INTERRUPTED_EXIT_CODE;
  } finally {
    bar.stop();
  }
}

const args = parseRedriveArgs(process.argv.slice(2), Date.now());
if (args.kind === 'help') console.log(USAGE);
else if (args.kind === 'refused') {
  console.error(`${args.problems.join('\n')}\n\n${USAGE}`);
  process.exitCode = 1;
} else {
  await run(args.options).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  });
  // kafkajs may still hold a timer or a socket; everything is written by now.
  process.exit();
}
