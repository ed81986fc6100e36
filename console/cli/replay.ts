// `npm run replay`: a window of the deliveries once more, straight on Kafka, while all runs.
import { createProgress } from '../../common/cli/progress.ts';
import { interruptSignal, runCommand } from '../../common/cli/run-command.ts';
import { AppError, messageOf } from '../../common/base/errors.ts';
import { openCompactedTable } from '../../common/kafka/consume/compacted-table.ts';
import { openGroupView } from '../../common/kafka/admin/group-view.ts';
import { ensureTopics, listRetryTopics } from '../../common/kafka/admin/topic-admin.ts';
import { createLogger } from '../../common/base/logger.ts';
import { loadToolConfigOrExit } from '../../common/process/run-role.ts';
import { parseSubscription } from '../../common/model/subscription.ts';
import { topicNames, topicTable } from '../../common/topics/topics.ts';
import { BacklogGate } from '../republish/backlog-gate.ts';
import { countReplay } from '../replay/count.ts';
import { endpointRule } from '../replay/events.ts';
import { REPLAY, parseReplayArgs } from '../replay/replay-args.ts';
import type { ReplayArgs } from '../replay/replay-args.ts';
import { topicRule } from '../replay/replay-request.ts';
import { isSameQuestion, offsetsRead, parseReplayState } from '../replay/replay-state.ts';
import type { ReplayRequest, ReplayState } from '../replay/replay-state.ts';
import { describeDryRun, describeReplay } from '../replay/replay-report.ts';
import { runReplay } from '../replay/replay.ts';
import { createReplay, loadReplay } from '../replay/store.ts';
import type { StoreDeps } from '../replay/store.ts';
import { connectToTopic } from './connect.ts';
import { openToolKeys } from './open-tool-keys.ts';
import { showRead } from './show-read.ts';

type Wanted = ReplayArgs & { kind: 'run' | 'resume' };

async function run(args: Wanted): Promise<void> {
  const config = loadToolConfigOrExit();
  const logger = createLogger('replay', 'error');
  const names = topicNames(config.TOPIC_PREFIX);
  const rule = args.kind === 'run' ? topicRule(args.request, names) : null;
  if (rule !== null) throw new AppError('command_refused', `--topic: ${rule}`);
  const clientId = 'hookline-replay';
  const kafka = await connectToTopic(config, logger, { clientId, topic: names.bulkDeliveries });
  const signal = interruptSignal();
  const ofSubscriptions = { topic: names.subscriptions, parse: parseSubscription, logger };
  const subscriptions = await openCompactedTable({ kafka, ...ofSubscriptions, onFatal: fatal });
  const isDryRun = args.kind === 'run' && args.isDryRun;
  const own = isDryRun ? [names.userKeys] : [names.userKeys, names.replays];
  const topics = topicTable(config).filter(({ name }) => own.includes(name));
  const counts = await ensureTopics(kafka, topics, config.REPLICATION_FACTOR, logger);
  const bodyKeys = await openToolKeys({ config, kafka, counts, logger });
  const bar = createProgress();
  const show = showRead(bar, 'the window', isDryRun);
  try {
    const unknown =
      args.kind === 'run' ? await endpointRule({ subscriptions }, args.request) : null;
    if (unknown !== null) throw new AppError('command_refused', `--subscription: ${unknown}`);
    if (args.kind === 'run' && args.isDryRun) {
      const reading = { kafka, names, subscriptions, bodyKeys, logger };
      const counting = { ...reading, signal, onProgress: show };
      const count = await countReplay(counting, args.request);
      bar.stop();
      console.log(signal.aborted ? 'Stopped; nothing was changed.' : describeDryRun(count));
    } else {
      const parse = parseReplayState;
      const onFatal = fatal;
      const topic = names.replays;
      const table = await openCompactedTable({ kafka, topic, parse, logger, onFatal });
      const partitions = counts.of(topic);
      const found = { table, subscriptions, bodyKeys };
      const store: StoreDeps = { kafka, names, partitions, ...found, logger };
      const { id, rate } = await beginOrResume(store, args);
      const view = await openGroupView(kafka, names.deliveryGroup);
      const waiting = [...names.lanes, ...(await listRetryTopics(kafka, names))];
      const backlog = new BacklogGate({
        fetchLag: () => view.lag(waiting),
        lagMax: config.MAX_LAG,
      });
      const onProgress = (replay: ReplayState) =>
        show({
          read: offsetsRead(replay),
          total: replay.offsets,
          copied: replay.copied,
        });
      const ended = await runReplay({ ...store, backlog, signal, onProgress }, id, rate);
      bar.stop();
      console.log(describeReplay(ended));
    }
  } finally {
    bar.stop();
  }
}

/** Begins a replay, or resumes the unfinished one that the same words began. */
async function beginOrResume(
  store: StoreDeps,
  args: Wanted,
): Promise<{ id: string; rate: number | null | undefined }> {
  if (args.kind === 'resume') {
    const { runner } = await loadReplay(store, args.id);
    if (runner === 'command') return { id: args.id, rate: args.rate };
    const message = `Replay ${args.id} was asked for by HTTP: the console goes on with it by itself`;
    throw new AppError('replay_fenced', message);
  }
  const { request } = args;
  await store.table.caughtUp();
  const unfinished = findUnfinished(store, request);
  if (unfinished) {
    const { id, startedAt, copied } = unfinished;
    const begun = new Date(startedAt).toISOString();
    console.log(`Going on with replay ${id}, begun ${begun}: ${copied} put back so far.`);
    return { id, rate: request.rate };
  }
  const { id } = await createReplay(store, request, 'command');
  console.log(`Replay ${id} begins.`);
  return { id, rate: undefined };
}

function findUnfinished({ table }: StoreDeps, request: ReplayRequest): ReplayState | undefined {
  return [...table.entries()]
    .map(([, replay]) => replay)
    .find((replay) => {
      const { state, runner } = replay;
      return state === 'running' && runner === 'command' && isSameQuestion(replay, request);
    });
}

/** The reader of the replays is dead; what was copied is noted, so the same words go on. */
function fatal(error: unknown): never {
  console.error(`The replays cannot be read: ${messageOf(error)}`);
  process.exit(1);
}

await runCommand(REPLAY, (words, env) => parseReplayArgs(words, Date.now(), env), run);
