import { join } from 'node:path';
import { GenericContainer, Wait } from 'testcontainers';
import type { StartedNetwork, StartedTestContainer } from 'testcontainers';
import type { Stats } from '../../receiver/stats.ts';
import { LocalContainer, NODE_IMAGE } from './docker.ts';

const ROOT = join(import.meta.dirname, '../..');
const IMAGE = 'hookline-test';
const RECEIVER_PORT = 8090;

let built: Promise<unknown> | undefined;

/** Builds the application image, once for a test process; Docker keeps the layers. */
export async function applicationImage(): Promise<string> {
  built ??= GenericContainer.fromDockerfile(ROOT, 'infra/docker/Dockerfile')
    .withBuildArgs({ NODE_IMAGE })
    .build(IMAGE, { deleteOnExit: false });
  await built;
  return IMAGE;
}

interface RoleOptions {
  readonly network: StartedNetwork;
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this machine that stands at /data. */
  readonly dataDir?: string;
}

/** Starts a role in a container whose own file system is read-only, and waits until it runs. */
export async function startRoleContainer(
  role: 'producer' | 'consumer' | 'console' | 'receiver',
  { network, env, dataDir }: RoleOptions,
): Promise<StartedTestContainer> {
  const container = new LocalContainer(await applicationImage())
    .withCommand([role])
    .withNetwork(network)
    .withReadOnlyRoot()
    .withEnvironment({ API_KEYS: 'test', ...env })
    .withWaitStrategy(Wait.forLogMessage(`${role}.started`));
  if (dataDir) container.withBindMounts([{ source: dataDir, target: '/data' }]);
  if (role === 'receiver') container.withNetworkAliases(role).withExposedPorts(RECEIVER_PORT);
  return container.start();
}

export interface ReceiverContainer {
  readonly container: StartedTestContainer;
  /** Address for containers of the network. */
  readonly webhookUrl: string;
  stats(): Promise<Stats>;
  setMode(mode: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The simulated webhook server in a container. */
export async function startReceiverContainer(network: StartedNetwork): Promise<ReceiverContainer> {
  const container = await startRoleContainer('receiver', { network, env: {} });
  const url = `http://127.0.0.1:${container.getMappedPort(RECEIVER_PORT)}`;
  return {
    container,
    webhookUrl: `http://receiver:${RECEIVER_PORT}/webhook`,
    stats: async () => (await (await fetch(`${url}/stats`)).json()) as Stats,
    setMode: async (mode) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify(mode);
      const { status } = await fetch(`${url}/mode`, { method: 'POST', headers, body });
      if (status !== 200) throw new Error(`POST /mode answers ${status}`);
    },
  };
}
