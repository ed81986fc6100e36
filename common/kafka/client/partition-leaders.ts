import { BrokerUnavailableError } from '../../base/errors.ts';
import { errorNameOf, sendRequest } from './broker-connections.ts';
import type { BrokerConnections } from './broker-connections.ts';
import type { BrokerAddress } from '../internal-cluster.ts';

/** kafkajs' form of the answer to Metadata. */
interface Metadata {
  readonly brokers: readonly (BrokerAddress & { readonly nodeId: number })[];
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly {
      readonly partitionErrorCode: number;
      readonly partitionId: number;
      /** -1: none. */
      readonly leader: number;
    }[];
  }[];
}

/** Addresses of the leaders, by partition number. */
type Leaders = ReadonlyMap<number, BrokerAddress>;

/**
 * Knows which broker leads a partition. kafkajs' own lookup fails for a whole topic while one of
 * its partitions has no leader.
 */
export class PartitionLeaders {
  private readonly connections: BrokerConnections;
  /** Leaders by topic. */
  private readonly found = new Map<string, Promise<Leaders>>();
  private readonly loaded = new Map<string, Leaders>();

  constructor(connections: BrokerConnections) {
    this.connections = connections;
  }

  /** @throws BrokerUnavailableError  the partition has no leader now, or does not exist */
  async of(topic: string, partition: number): Promise<BrokerAddress> {
    let finding = this.found.get(topic);
    if (!finding) {
      finding = this.find(topic);
      this.found.set(topic, finding);
      finding.catch(() => this.forget(topic));
    }
    const leaders = await finding;
    if (this.found.get(topic) === finding) this.loaded.set(topic, leaders);
    const leader = leaders.get(partition);
    if (leader) return leader;
    throw new BrokerUnavailableError(`${topic}/${partition} has no leader now`);
  }

  /** The leader as last looked up, at once; undefined before the first `of`. */
  known(topic: string, partition: number): BrokerAddress | undefined {
    return this.loaded.get(topic)?.get(partition);
  }

  /** The next call looks the leaders up again. */
  forget(topic: string): void {
    this.found.delete(topic);
    this.loaded.delete(topic);
  }

  private async find(topic: string): Promise<Leaders> {
    const args = { topics: [topic], allowAutoTopicCreation: false };
    const { brokers, topicMetadata } = await this.connections.with(
      await this.connections.any(),
      (broker) => sendRequest<Metadata>(broker, 'Metadata', args),
    );
    const [found] = topicMetadata;
    if (found?.topicErrorCode) {
      const why = errorNameOf(found.topicErrorCode);
      throw new BrokerUnavailableError(`The topic ${topic} cannot be read: ${why}`);
    }
    const addresses = new Map(brokers.map((broker) => [broker.nodeId, broker]));
    const leaders = new Map<number, BrokerAddress>();
    for (const { partitionId, leader } of found?.partitionMetadata ?? []) {
      const address = addresses.get(leader);
      if (address) leaders.set(partitionId, address);
    }
    return leaders;
  }
}
