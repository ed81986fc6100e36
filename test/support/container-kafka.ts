import { spawnSync } from 'node:child_process';
import { Network, Wait } from 'testcontainers';
import type { StartedNetwork, StartedTestContainer } from 'testcontainers';
import { folderSettings } from '../../infra/kafka/broker-settings.ts';
import { probeBrokers } from '../../infra/kafka/metadata-probe.ts';
import type { RunningKafka } from '../../infra/kafka/running-kafka.ts';
import { KAFKA_IMAGE, LocalContainer, faultsOf } from './docker.ts';
import type { Faults } from './docker.ts';
import { fixedPort } from './fixed-port.ts';
import { COMPILE_LITTLE } from './quick-java.ts';
import { until } from './until.ts';

const HOST = '127.0.0.1';
const CLUSTER_ID = 'aG9va2xpbmUtY2x1c3Rlcg';
const DATA = '/var/lib/kafka/data';
const READY_WITHIN_MS = 90_000;

export interface ContainerNode extends Faults {
  readonly id: number;
  /** Address for this machine. */
  readonly address: string;
  /** Starts it again and waits until it serves. */
  restart(): Promise<void>;
}

export interface ContainerKafka extends RunningKafka {
  /** Addresses for containers of `network`. */
  readonly brokersInside: readonly string[];
  readonly network: StartedNetwork;
  readonly nodes: readonly ContainerNode[];
  /** Synchronous, for the last moment of a process. */
  removeNow(): void;
}

export interface ContainerKafkaOptions {
  readonly nodes?: 1 | 3;
  /** A Docker volume that takes the data, instead of the container itself. */
  readonly dataVolume?: string;
}

/** Starts Kafka in containers, with the settings of the embedded broker, and waits for it. */
export async function startContainerKafka(
  options: ContainerKafkaOptions = {},
): Promise<ContainerKafka> {
  const network = await new Network().start();
  const ids = Array.from({ length: options.nodes ?? 1 }, (_, index) => index + 1);
  const plans: Plan[] = [];
  for (const id of ids) plans.push({ id, port: await fixedPort(HOST) });
  const containers = await Promise.all(
    plans.map((plan) => startNode({ ...plan, count: ids.length, network, options })),
  );
  const nodes = await Promise.all(
    containers.map(async (container, index): Promise<ContainerNode> => {
      const { id, port } = plans[index] as Plan;
      const faults = await faultsOf(container);
      const address = `${HOST}:${port}`;
      const restart = async () => {
        await faults.start();
        await untilServing(address, 1);
      };
      return { id, address, ...faults, restart };
    }),
  );
  const stop = async () => {
    const options = { remove: true, removeVolumes: true, timeout: 1_000 };
    await Promise.all(containers.map((container) => container.stop(options)));
    await network.stop();
  };
  try {
    for (const { address } of nodes) await untilServing(address, nodes.length);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    description: `${KAFKA_IMAGE} in a container`,
    brokers: nodes.map(({ address }) => address),
    brokersInside: ids.map((id) => `${nameOf(id)}:19092`),
    network,
    nodes,
    pids: [],
    stop,
    kill: () => undefined,
    unref: () => undefined,
    removeNow: () => {
      spawnSync('docker', ['rm', '-fv', ...containers.map((container) => container.getId())]);
      spawnSync('docker', ['network', 'rm', network.getId()]);
    },
  };
}

interface Plan {
  readonly id: number;
  readonly port: number;
}

async function startNode({
  id,
  port,
  count,
  network,
  options,
}: Plan & {
  count: number;
  network: StartedNetwork;
  options: ContainerKafkaOptions;
}): Promise<StartedTestContainer> {
  const voters = Array.from({ length: count }, (_, index) => `${index + 1}@${nameOf(index + 1)}`);
  const container = new LocalContainer(KAFKA_IMAGE)
    .withNetwork(network)
    .withNetworkAliases(nameOf(id))
    // A fixed port, as clients are told it: it must outlive a restart.
    .withExposedPorts({ container: 9092, host: port })
    .withWaitStrategy(
      Wait.forLogMessage('Kafka Server started').withStartupTimeout(READY_WITHIN_MS),
    )
    .withEnvironment({
      ...inEnvironment(folderSettings({ id, dir: DATA }, count)),
      CLUSTER_ID,
      KAFKA_HEAP_OPTS: '-Xms128m -Xmx512m',
      // The archive of classes that is named there as well is not in the image.
      ...(process.env['JDK_JAVA_OPTIONS'] && { JDK_JAVA_OPTIONS: COMPILE_LITTLE }),
      KAFKA_LISTENERS: 'HOST://:9092,INTERNAL://:19092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `HOST://${HOST}:${port},INTERNAL://${nameOf(id)}:19092`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: ['HOST', 'INTERNAL', 'CONTROLLER']
        .map((listener) => `${listener}:PLAINTEXT`)
        .join(','),
      KAFKA_INTER_BROKER_LISTENER_NAME: 'INTERNAL',
      KAFKA_CONTROLLER_QUORUM_VOTERS: voters.map((voter) => `${voter}:9093`).join(','),
    });
  if (options.dataVolume) container.withBindMounts([{ source: options.dataVolume, target: DATA }]);
  return container.start();
}

function nameOf(id: number): string {
  return `kafka-${id}`;
}

/** As the image reads them: KAFKA_A_B is a.b. */
function inEnvironment(settings: Readonly<Record<string, string>>): Record<string, string> {
  const variable = (name: string) => `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`;
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [variable(name), value]),
  );
}

async function untilServing(address: string, count: number): Promise<void> {
  await until(async () => (await probeBrokers(address, 2_000)) >= count, {
    timeoutMs: READY_WITHIN_MS,
    everyMs: 100,
  });
}
