import { BrokerUnavailableError } from '../../base/errors.ts';
import { isOfKafkajs, kafkaError, sendRequest } from '../client/broker-connections.ts';
import type { BrokerConnections } from '../client/broker-connections.ts';
import type { Broker, BrokerAddress } from '../internal-cluster.ts';
import type { Bounds } from './offsets.ts';
import { toOffset } from '../protocol/records.ts';
import { retryTransient } from '../client/retry-transient.ts';

/** kafkajs' form of the answer to Metadata. */
interface Metadata {
  readonly brokers: readonly (BrokerAddress & { readonly nodeId: number })[];
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly {
      readonly partitionId: number;
      /** -1: none. */
      readonly leader: number;
    }[];
  }[];
}

/** kafkajs' form of the answer to ListOffsets. */
interface OffsetsAnswer {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly offset: string;
    }[];
  }[];
}

/** A partition and the broker that leads it; null: none does now. */
export interface LedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly leader: BrokerAddress | null;
}

type Led = LedPartition & { readonly leader: BrokerAddress };

/** Bounds by topic, then by partition number. */
export type TopicBounds = ReadonlyMap<string, ReadonlyMap<number, Bounds>>;

export const READ_UNCOMMITTED = 0;
export const READ_COMMITTED = 1;
/** Stands for a time in a request for offsets: the start of the log. */
const EARLIEST = -2;
const LATEST = -1;
const LEADER_NOT_AVAILABLE = 5;
/** This topic is no user's: Kafka keeps names with two underscores for itself. */
const NO_TOPIC = '__hookline-none';

/** Result of a request for the partitions of some topics. */
interface Described {
  readonly partitions: readonly LedPartition[];
  /** kafkajs' errors for topics that cannot be described, such as deleted ones, by topic. */
  readonly errors: ReadonlyMap<string, Error>;
}

/** The partitions of some topics and their leaders, in one request. */
export async function lookUpPartitions(
  connections: BrokerConnections,
  topics: readonly string[],
): Promise<Described> {
  const args = { topics: [...topics], allowAutoTopicCreation: false };
  const { brokers, topicMetadata } = await connections.with(await connections.any(), (broker) =>
    sendRequest<Metadata>(broker, 'Metadata', args),
  );
  const addresses = new Map(brokers.map((broker) => [broker.nodeId, broker]));
  const errors = new Map<string, Error>();
  const partitions = topicMetadata.flatMap(({ topic, topicErrorCode, partitionMetadata }) => {
    if (topicErrorCode !== 0) {
      errors.set(topic, kafkaError(topicErrorCode, topic));
      return [];
    }
    return partitionMetadata.map(({ partitionId: partition, leader }) => {
      return { topic, partition, leader: addresses.get(leader) ?? null };
    });
  });
  return { partitions, errors };
}

/** The brokers that the cluster has now. */
export async function lookUpBrokers(
  connections: BrokerConnections,
): Promise<readonly BrokerAddress[]> {
  // Asked for no topic, kafkajs asks for all of them; one that cannot be answers as well.
  const args = { topics: [NO_TOPIC], allowAutoTopicCreation: false };
  const { brokers } = await connections.with(await connections.any(), (broker) =>
    sendRequest<Metadata>(broker, 'Metadata', args),
  );
  return brokers;
}

/** A topic lives long, but an operator may add partitions, and leaders move. */
const KNOWN_FOR_MS = 10_000;

interface Known {
  /** Time of `performance.now()`. */
  readonly atMs: number;
  readonly partitions: readonly LedPartition[];
}

/** Asks for the bounds of many partitions, each broker once for each kind of bound. */
export class LogBounds {
  private readonly connections: BrokerConnections;
  /** Keyed by the names of topics that are requested together. */
  private readonly known = new Map<string, Known>();

  constructor(connections: BrokerConnections) {
    this.connections = connections;
  }

  /**
   * @param isolation of the reader for whom a log ends before an open transaction, or behind it
   * @throws kafkajs' error, or BrokerUnavailableError, when that lasts
   */
  async of(topics: readonly string[], isolation: number): Promise<TopicBounds> {
    if (topics.length === 0) return new Map();
    let hasFailed = false;
    return retryTransient(async () => {
      try {
        return await this.ask(topics, isolation);
      } catch (error) {
        this.known.clear();
        const isOfBroker = isOfKafkajs(error) || error instanceof BrokerUnavailableError;
        if (hasFailed || !isOfBroker) throw error;
        hasFailed = true;
        // The connection was closed, or the leader has moved.
        return await this.ask(topics, isolation);
      }
    });
  }

  private async ask(topics: readonly string[], isolation: number): Promise<TopicBounds> {
    const partitions = (await this.partitionsOf(topics)).map((one): Led => {
      if (one.leader) return { ...one, leader: one.leader };
      throw kafkaError(LEADER_NOT_AVAILABLE, one.topic);
    });
    const [lows, highs] = await Promise.all([
      listOffsets(this.connections, partitions, EARLIEST, isolation),
      listOffsets(this.connections, partitions, LATEST, isolation),
    ]);
    const bounds = new Map(topics.map((topic) => [topic, new Map<number, Bounds>()]));
    for (const { topic, partition } of partitions) {
      const name = `${topic}/${partition}`;
      const [low, high] = [lows.get(name), highs.get(name)];
      if (low === undefined || high === undefined) throw kafkaError(LEADER_NOT_AVAILABLE, topic);
      bounds.get(topic)?.set(partition, { low, high });
    }
    return bounds;
  }

  private async partitionsOf(topics: readonly string[]): Promise<readonly LedPartition[]> {
    const names = topics.join();
    const known = this.known.get(names);
    const nowMs = performance.now();
    if (known && nowMs - known.atMs < KNOWN_FOR_MS) return known.partitions;
    const { partitions, errors } = await lookUpPartitions(this.connections, topics);
    for (const error of errors.values()) throw error;
    this.known.set(names, { atMs: nowMs, partitions });
    return partitions;
  }
}

/** The first offset of each partition that is still in its log, by `topic/partition`. */
export function listLogStarts(
  connections: BrokerConnections,
  partitions: readonly Led[],
): Promise<ReadonlyMap<string, number>> {
  return listOffsets(connections, partitions, EARLIEST, READ_UNCOMMITTED);
}

async function listOffsets(
  connections: BrokerConnections,
  partitions: readonly Led[],
  timestamp: number,
  isolationLevel: number,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const byLeader = Map.groupBy(partitions, ({ leader: { host, port } }) => `${host}:${port}`);
  const ask = async (led: readonly Led[]) => {
    const byTopic = Map.groupBy(led, ({ topic }) => topic);
    const topics = [...byTopic].map(([topic, of]) => {
      return { topic, partitions: of.map(({ partition }) => ({ partition, timestamp })) };
    });
    const args = { replicaId: -1, isolationLevel, topics };
    const broker: Broker = await connections.at((led[0] as Led).leader);
    const { responses } = await connections.with(broker, (one) =>
      sendRequest<OffsetsAnswer>(one, 'ListOffsets', args),
    );
    for (const { topic, partitions: of } of responses) {
      for (const { partition, errorCode, offset } of of) {
        if (errorCode !== 0) throw kafkaError(errorCode, topic);
        found.set(`${topic}/${partition}`, toOffset(offset));
      }
    }
  };
  await Promise.all([...byLeader.values()].map(ask));
  return found;
}
