import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { pause } from '../../common/base/retry.ts';
import { AppError } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import { freePort, isPortFree } from '../process/ports.ts';
import { keepRunning } from '../process/keep-running.ts';
import type { KeptProcess } from '../process/keep-running.ts';
import type { Child } from '../process/child.ts';
import { logFile, startBroker } from './broker-process.ts';
import { clusterIdOf, formatStorage, newClusterId } from './format-storage.ts';
import type { BrokerStart, Java } from './broker-process.ts';
import type { BrokerNode } from './broker-settings.ts';
import { lastErrors, startFailure } from './start-failure.ts';
import type { StartFailure } from './start-failure.ts';
import { ensureJars, jarCache, kafkaVersion } from './jars.ts';
import { probeBrokers } from './metadata-probe.ts';
import type { RunningKafka } from './running-kafka.ts';

const HOST = '127.0.0.1';
const DEFAULT_PORT = 9092;
/** A cold machine with a large log to recover needs long; a healthy start takes two seconds. */
const READY_WITHIN_MS = 120_000;
const PROBE_EVERY_MS = 100;
const PROBE_TIMEOUT_MS = 2_000;
/** Between finding a free port and Kafka's taking it, somebody else may. */
const PORT_TRIES = 3;

export interface EmbeddedKafkaOptions {
  /** The data lies in `dataDir`/kafka. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** Broker port, 9092 if absent; another free one is taken when it is in use. 0: any. */
  readonly port?: number;
  /** Three nodes share replicated partitions and outlive the loss of one; for tests. */
  readonly nodes?: 1 | 3;
  /** The `java` to run, if not the one on the PATH. */
  readonly javaCommand?: string;
  /** Version that this `java` reports; absent: its classes are not kept for the next start. */
  readonly javaVersion?: string;
}

/**
 * Starts a real Apache Kafka in processes of its own and waits until it serves. It keeps its
 * data between starts, is started again when it crashes, and ends when our process ends,
 * however that ends.
 *
 * @throws AppError kafka_missing  the jars cannot be had, another process uses the folder, or
 *         Kafka did not start; the message says which
 */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions): Promise<RunningKafka> {
  const { logger } = options;
  const jars = await ensureJars(jarCache(process.env));
  const { javaCommand: command = 'java', javaVersion } = options;
  const java: Java = {
    ...{ command, jars },
    ...(javaVersion !== undefined && { archive: archiveOf(jars, javaVersion) }),
  };
  for (let attempt = 1; ; attempt += 1) {
    const nodes = await planNodes(options, attempt);
    await formatAll(java, nodes);
    const starts = nodes.map((node) => startBroker(java, node, nodes, HOST));
    const failed = await untilReady(starts, nodes);
    if (failed === null) return keepCluster(java, nodes, starts, logger);

    for (const { child } of starts) child.kill();
    await Promise.all(starts.map(({ child }) => child.exited));
    const log = starts.map(({ said }) => said()).join('');
    const why = failed.why ?? startFailure(log);
    if (why === 'port-taken' && attempt < PORT_TRIES) continue;
    throw startError(why, failed.node, log);
  }
}

function archiveOf(jars: string, javaVersion: string): string {
  const hash = createHash('sha256').update(javaVersion).digest('hex').slice(0, 8);
  return `${jars}-${hash}.jsa`;
}

/** Prepares the folders of a new cluster. */
async function formatAll(java: Java, nodes: readonly BrokerNode[]): Promise<void> {
  const known = nodes.map(clusterIdOf).find((id) => id !== null);
  const clusterId = known ?? newClusterId();
  for (const node of nodes) await formatStorage(java, node, nodes, HOST, clusterId);
}

/** @param attempt after the first one, which lost its port to another process, any port is taken */
async function planNodes(options: EmbeddedKafkaOptions, attempt: number): Promise<BrokerNode[]> {
  const { dataDir, logger, port = DEFAULT_PORT, nodes: count = 1 } = options;
  const chosen = new Set<number>();
  // Two starts at one moment would get into each other's way again and again.
  const isAny = port === 0 || attempt > 1;
  const choose = async (wanted: number): Promise<number> => {
    let free = wanted;
    if (isAny || chosen.has(free) || !(await isPortFree(HOST, free))) {
      do free = await freePort(HOST);
      while (chosen.has(free));
      if (port !== 0) logger.warn(`Port ${wanted} is taken: Kafka uses ${free} instead`);
    }
    chosen.add(free);
    return free;
  };
  const nodes: BrokerNode[] = [];
  for (let id = 1; id <= count; id += 1) {
    nodes.push({
      id,
      dir: join(resolve(dataDir), 'kafka', `node-${id}`),
      port: await choose(port + 2 * (id - 1)),
      controllerPort: await choose(port + 2 * (id - 1) + 1),
    });
  }
  return nodes;
}

/** A node that did not come up; `why` where something else than its log tells. */
interface Failed {
  readonly node: BrokerNode;
  readonly why: StartFailure | null;
}

/**
 * Null once every node knows every other. A node is asked only when it has opened its port itself:
 * another Kafka may have taken the port before, and would answer in its place. Its cluster's id
 * does not tell, as folders of earlier versions all have the same one.
 */
async function untilReady(
  starts: readonly BrokerStart[],
  nodes: readonly BrokerNode[],
): Promise<Failed | null> {
  const until = performance.now() + READY_WITHIN_MS;
  const ended = Promise.race(
    starts.map(({ child }, index) =>
      child.exited.then((): Failed => ({ node: nodes[index] as BrokerNode, why: null })),
    ),
  );
  for (const [index, node] of nodes.entries()) {
    const start = starts[index] as BrokerStart;
    for (;;) {
      const probed = start.isListening() ? probeBrokers(addressOf(node), PROBE_TIMEOUT_MS) : 0;
      const known = await Promise.race([ended, probed]);
      if (typeof known === 'object') return known;
      if (known === nodes.length) break;
      // A broker that cannot open its port may take long to end. One that does not get its folder
      // ends at once, and what another start on that folder has logged is in the same file.
      const why = startFailure(start.said());
      if (why === 'port-taken') return { node, why };
      if (performance.now() > until) return { node, why: null };
      await pause(PROBE_EVERY_MS);
    }
  }
  return null;
}

function startError(why: StartFailure, node: BrokerNode, log: string): AppError {
  const message =
    why === 'folder-in-use'
      ? `Another process runs Kafka on ${node.dir}: stop it, or set DATA_DIR to another folder`
      : `Kafka did not start. Its log is ${logFile(node)}; it ends with:\n${lastErrors(log)}`;
  return new AppError('kafka_missing', message);
}

function keepCluster(
  java: Java,
  nodes: readonly BrokerNode[],
  starts: readonly BrokerStart[],
  logger: Logger,
): RunningKafka {
  const children = new Map<BrokerNode, Child>(
    nodes.map((node, index) => [node, (starts[index] as BrokerStart).child]),
  );
  let keepsUsAlive = true;
  const kept: readonly KeptProcess[] = nodes.map((node) =>
    keepRunning({
      name: nodes.length > 1 ? `kafka-${node.id}` : 'kafka',
      logger,
      running: children.get(node) as Child,
      start: () => {
        const { child } = startBroker(java, node, nodes, HOST);
        children.set(node, child);
        if (!keepsUsAlive) child.unref();
        return child;
      },
    }),
  );
  return {
    description: `embedded Apache Kafka ${kafkaVersion()}`,
    brokers: nodes.map(addressOf),
    get pids() {
      return kept.flatMap(({ pid }) => (pid === null ? [] : [pid]));
    },
    stop: async () => {
      await Promise.all(kept.map((node) => node.stop()));
    },
    kill: () => kept.forEach((node) => node.kill()),
    unref: () => {
      keepsUsAlive = false;
      for (const child of children.values()) child.unref();
    },
  };
}

function addressOf(node: BrokerNode): string {
  return `${HOST}:${node.port}`;
}
