// `npm run redrive`: dead letters back into delivery, straight on Kafka.
import { createInterface } from 'node:readline/promises';
import { createProgress } from '../../common/cli/progress.ts';
import { interruptSignal, runCommand } from '../../common/cli/run-command.ts';
import { AppError } from '../../common/base/errors.ts';
import { ensureTopics } from '../../common/kafka/admin/topic-admin.ts';
import { createLogger } from '../../common/base/logger.ts';
import { loadToolConfigOrExit } from '../../common/process/run-role.ts';
import { topicNames, topicTable } from '../../common/topics/topics.ts';
import { REDRIVE, parseRedriveArgs } from '../dead-letters/redrive-args.ts';
import type { RedriveArgs, RedriveOptions } from '../dead-letters/redrive-args.ts';
import { describeRedrive, questionBefore } from '../dead-letters/redrive-report.ts';
import { redrive } from '../dead-letters/redrive.ts';
import type { RedriveDeps } from '../dead-letters/redrive.ts';
import { connectToTopic } from './connect.ts';
import { openToolKeys } from './open-tool-keys.ts';
import { showRead } from './show-read.ts';

async function run({ options, isUnconfirmed }: RedriveArgs & { kind: 'run' }): Promise<void> {
  // The refusal comes before anything is opened, because nobody is there to answer a question.
  if (isUnconfirmed && !canAsk()) {
    throw new AppError(
      'command_refused',
      '--all: not given, nor a filter; nothing was put back. ' +
        'For every dead letter: npm run redrive -- --all, and to count them first: --dry-run',
    );
  }
  const config = loadToolConfigOrExit();
  const logger = createLogger('redrive', 'error');
  const names = topicNames(config.TOPIC_PREFIX);
  const topic = names.deadLetters;
  const kafka = await connectToTopic(config, logger, { clientId: 'hookline-redrive', topic });
  // Together, as the state and the copies have a partition for each of the dead letters'.
  const together = [names.redriveProgress, names.deadLetters, names.bulkDeliveries];
  const own = [...together, names.userKeys];
  const table = topicTable(config).filter(({ name }) => own.includes(name));
  const counts = await ensureTopics(kafka, table, config.REPLICATION_FACTOR, logger);
  const signal = interruptSignal();
  const bodyKeys = await openToolKeys({ config, kafka, counts, logger });
  const deps = { kafka, names, bodyKeys, logger, signal };

  if (isUnconfirmed) {
    const found = await redriveWithProgress(deps, { ...options, isDryRun: true });
    if (signal.aborted) return;
    console.log(describeRedrive(found, { isDryRun: true, isStopped: false }));
    if (found.matched === 0) return;
    if (!(await confirm(questionBefore(found)))) return console.log('Nothing was put back.');
  }
  const tally = await redriveWithProgress(deps, options);
  const { isDryRun } = options;
  console.log(describeRedrive(tally, { isDryRun, isStopped: signal.aborted }));
}

async function redriveWithProgress(deps: RedriveDeps, options: RedriveOptions) {
  const progress = createProgress();
  const onProgress = showRead(progress, 'the dead letters', options.isDryRun);
  try {
    return await redrive({ ...deps, onProgress }, options);
  } finally {
    progress.stop();
  }
}

/** Whether a person sits in front of both ends. */
function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Puts a question on the terminal. @returns true for y or yes alone */
async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D close it: that is a no.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
  terminal.close();
  return /^\s*y(es)?\s*$/i.test(answer);
}

await runCommand(REDRIVE, (words, env) => parseRedriveArgs(words, Date.now(), env), run);
