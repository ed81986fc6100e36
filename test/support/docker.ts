import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import type { StartedTestContainer } from 'testcontainers';
import { kafkaVersion } from '../../infra/kafka/jars.ts';

/** Another image with the same environment variables will do, such as one that is built here. */
export const KAFKA_IMAGE = process.env['KAFKA_IMAGE'] || `apache/kafka:${kafkaVersion()}`;
/** The base that the application image is built on. */
export const NODE_IMAGE = process.env['NODE_IMAGE'] || 'node:26-slim';

/**
 * The ports of the container are open to this machine only; testcontainers would open them to
 * everybody.
 */
export class LocalContainer extends GenericContainer {
  protected override beforeContainerCreated = async (): Promise<void> => {
    const bindings = (this.hostConfig.PortBindings ?? {}) as Record<string, { HostIp?: string }[]>;
    for (const binding of Object.values(bindings).flat()) binding.HostIp = '127.0.0.1';
    return Promise.resolve();
  };

  withReadOnlyRoot(): this {
    this.hostConfig.ReadonlyRootfs = true;
    return this;
  }
}

/**
 * Faults that can be injected into a running container, which keeps its ports and its name through
 * all of them.
 */
export interface Faults {
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** Starts it again after its end. */
  start(): Promise<void>;
  isRunning(): Promise<boolean>;
}

export async function faultsOf(started: StartedTestContainer): Promise<Faults> {
  const { container: client } = await getContainerRuntimeClient();
  const container = client.getById(started.getId());
  return {
    pause: () => container.pause(),
    unpause: () => container.unpause(),
    kill: async () => {
      await container.kill();
      await container.wait();
    },
    start: () => container.start(),
    isRunning: async () => (await container.inspect()).State.Running,
  };
}
