// `npm start`: Kafka, its topics, and every role as a process of its own.
import { wantedOrExit } from '../common/cli/run-command.ts';
import type { Config } from '../common/config/config.ts';
import { prepareDataDirs, prepareReceiverOutput } from '../common/config/data-dirs.ts';
import { AppError, BrokerUnavailableError, ConfigError, messageOf } from '../common/base/errors.ts';
import { localUrl } from '../common/base/url.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { removeDeadMembers } from '../common/kafka/consume/dead-members.ts';
import { ensureTopics } from '../common/kafka/admin/topic-admin.ts';
import type { Logger } from '../common/base/logger.ts';
import { writeRunFile } from '../common/process/run-file.ts';
import { FORCED_EXIT_CODE, runRole } from '../common/process/run-role.ts';
import type { Role } from '../common/process/run-role.ts';
import { AWAIT_START, START_ID, newStartId } from '../common/process/start-id.ts';
import { topicNames, topicTable } from '../common/topics/topics.ts';
import { untilAnswering } from './await-roles.ts';
import type { RunningKafka } from './kafka/running-kafka.ts';
import { findKafka } from './kafka/find.ts';
import type { WantedPort } from './process/plan-ports.ts';
import { isPortFree, takePorts } from './process/ports.ts';
import { createRoleOutput } from './role-output.ts';
import { portOf, roleStages } from './roles.ts';
import { START, parseStartArgs } from './start-args.ts';
import { startSupervisor } from './supervisor.ts';
import type { RoleSpec } from './supervisor.ts';

/** Time for the requests in flight, in ms; they end within DELIVERY_TIMEOUT_MS, 15 s by default. */
const DRAIN_GRACE_MS = 30_000;
/** The folders of all roles. */
const FOLDERS = ['inbox', 'processing', 'done', 'failed', 'output', 'log'] as const;
const ROLE_PORTS = ['PORT', 'CONSOLE_PORT', 'RECEIVER_PORT'] as const;
/** A healthy Kafka makes the topics within two or three seconds. */
const WAITING_MS = 10_000;

const { consumers } = wantedOrExit(START, parseStartArgs);
await runRole('start', (role) => startAll(role, consumers));

async function startAll({ config, logger, open, fail }: Role, consumers: number): Promise<void> {
  const { HOST: host } = config;
  const dirs = prepareDataDirs(config, [
    ...FOLDERS,
    ...(config.KAFKA_BROKERS.length === 0 ? (['kafka'] as const) : []),
  ]);
  prepareReceiverOutput(config);
  const ports = await takePorts(wantedPorts(config, consumers), logger);
  const port = (setting: string) => ports.get(setting) as number;
  const urls = {
    api: localUrl(host, port('PORT')),
    receiver: localUrl(host, port('RECEIVER_PORT')),
  };
  const startId = newStartId();
  const env = {
    [START_ID]: startId,
    ...Object.fromEntries(ROLE_PORTS.map((setting) => [setting, String(port(setting))])),
    // Deliveries go to the receiver of this start, whatever its port, unless a setting says
    // otherwise.
    WEBHOOK_URL: process.env['WEBHOOK_URL'] || `${urls.receiver}/webhook`,
  };
  const stages = roleStages({
    env,
    consolePort: port('CONSOLE_PORT'),
    metricsPort: config.METRICS_PORT,
    consumers,
  });

  const { DATA_DIR: dataDir, KAFKA_BROKERS: given } = config;
  const finding = findKafka({ brokers: given, dataDir, logger }, process.env);
  // A Kafka that is found after the stop has begun is stopped too.
  open.defer(() => finding.then((found) => found.stop()).catch(() => undefined));
  const kafka: { found: RunningKafka | null } = { found: null };
  const onExit = (role: RoleSpec, isFirst: boolean) => {
    if (open.disposed) return;
    if (isFirst) failOnLostPort(role, host).catch(fail);
    if (kafka.found) void leaveForDead({ config, logger }, kafka.found);
  };
  const width = Math.max(...stages.flat().map(({ name }) => name.length));
  const onLine = createRoleOutput(process.stdout, width);
  // The first ones are loaded while Kafka starts, and wait for it.
  const moreEnv = (): Record<string, string> =>
    kafka.found
      ? { KAFKA_BROKERS: kafka.found.brokers.join(','), [AWAIT_START]: '' }
      : { [AWAIT_START]: 'true' };
  const graceMs = DRAIN_GRACE_MS;
  const supervisor = startSupervisor({ stages, logger, onLine, moreEnv, onExit, graceMs });
  open.defer(() => supervisor.stop());
  process.once('exit', (code) => {
    if (code !== FORCED_EXIT_CODE) return;
    supervisor.kill();
    kafka.found?.kill();
  });

  kafka.found = await finding;
  const brokers = [...kafka.found.brokers];
  await createTopics({ ...config, KAFKA_BROKERS: brokers }, kafka.found, logger);
  if (open.disposed) return;
  const run = { pid: process.pid, startId, KAFKA_BROKERS: brokers.join(','), HOST: host };
  const [PORT, CONSOLE_PORT, RECEIVER_PORT] = ROLE_PORTS.map(port) as [number, number, number];
  open.defer(writeRunFile(dataDir, { ...run, PORT, CONSOLE_PORT, RECEIVER_PORT }));
  const console = localUrl('127.0.0.1', port('CONSOLE_PORT'));
  const roles = Object.entries({
    PORT: urls.api,
    CONSOLE_PORT: console,
    RECEIVER_PORT: urls.receiver,
  }).map(([setting, url]) => ({ setting, url }));
  await untilAnswering(roles, startId, () => open.disposed, logger);
  if (open.disposed) return;
  process.stdout.write(welcome({ ...urls, inbox: dirs.inbox, kafka: run.KAFKA_BROKERS }));
}

/** Others get what a role had that has ended, at once and not when its session has run out. */
async function leaveForDead(
  { config, logger }: Pick<Role, 'config' | 'logger'>,
  { brokers }: RunningKafka,
): Promise<void> {
  const { deliveryGroup, fileGroup, consoleGroup } = topicNames(config.TOPIC_PREFIX);
  const kafka = connectKafka({ ...config, KAFKA_BROKERS: [...brokers] }, logger, 'hookline-start');
  await removeDeadMembers({ kafka, groups: [deliveryGroup, fileGroup, consoleGroup], logger });
}

/**
 * A role that has ended may have found its port taken, by what came after `takePorts` had found it
 * free. Started again, it would end again and again.
 *
 * @throws ConfigError the port is taken
 */
async function failOnLostPort(role: RoleSpec, host: string): Promise<void> {
  const at = portOf(role);
  if (at === null || (await isPortFree(role.env['HOST'] ?? host, at.port))) return;
  const why = 'another process has begun to listen there';
  throw new ConfigError([`${at.setting}=${at.port}: ${why}; allowed: a free port`]);
}

function wantedPorts(config: Config, consumers: number): WantedPort[] {
  const { HOST: host, METRICS_PORT: metricsPort } = config;
  // The first consumer has METRICS_PORT, the others have the next ones.
  const metrics = Array.from({ length: metricsPort === 0 ? 0 : consumers }, (_, index) => {
    return { setting: 'METRICS_PORT', host, port: metricsPort + index };
  });
  return [
    { setting: 'PORT', host, port: config.PORT },
    {
      setting: 'CONSOLE_PORT',
      host: '127.0.0.1',
      port: config.CONSOLE_PORT,
      // Only the roles of this start use the port, so that nobody needs to know it.
      isMovable: !process.env['CONSOLE_PORT'],
    },
    { setting: 'RECEIVER_PORT', host, port: config.RECEIVER_PORT },
    ...metrics,
  ];
}

async function createTopics(config: Config, at: RunningKafka, logger: Logger): Promise<void> {
  const kafka = connectKafka(config, logger, 'hookline-start');
  const waiting = setInterval(
    () => logger.warn(`start.waiting: ${at.description} does not answer as it should yet`),
    WAITING_MS,
  );
  try {
    await ensureTopics(kafka, topicTable(config), config.REPLICATION_FACTOR, logger);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new BrokerUnavailableError(
      `The topics cannot be created in ${at.description}: ${messageOf(error)}`,
      error,
    );
  } finally {
    clearInterval(waiting);
  }
}

function welcome(at: { api: string; receiver: string; kafka: string; inbox: string }): string {
  return `
Hookline runs.

  API and dashboard  ${at.api}
  receiver           ${at.receiver}/stats
  Kafka              ${at.kafka}
  inbox              ${at.inbox}

Drop a CSV with the columns user_id and alert_message into the inbox, or try: npm run demo
Ctrl-C delivers what is in flight and stops everything.

`;
}
