import { internalModule, replaceInternalModule } from './internals.ts';
import type { Answer, Produce } from './decide/shared-produce.ts';

interface Request {
  readonly acks: number;
  readonly timeout: number;
  readonly compression: unknown;
  readonly topicMessages: readonly TopicMessages[];
}

interface TopicMessages {
  readonly topic: string;
  readonly messages: readonly { readonly partition?: number; readonly value: Buffer | null }[];
}

interface Broker {
  isConnected(): boolean;
  produce(request: Produce & { readonly compression: unknown }): Promise<Answer>;
}

interface BrokerPool {
  readonly brokers: Readonly<Record<string, Broker>>;
  metadataExpireAt: number | null;
  readonly metadata: {
    readonly topicMetadata: readonly {
      readonly topic: string;
      readonly partitionMetadata: readonly {
        readonly partitionId: number;
        readonly leader: number;
      }[];
    }[];
  } | null;
}

interface Parts {
  readonly logger: { error(message: string): void };
  readonly cluster: { readonly brokerPool: BrokerPool; removeBroker(address: object): void };
  readonly eosManager: {
    isTransactional(): boolean;
    getProducerId(): unknown;
    getProducerEpoch(): number;
    getSequence(topic: string, partition: number): number;
    updateSequence(topic: string, partition: number, increment: number): void;
  };
}

type Send = (request: Request) => Promise<unknown>;

const PATH = 'producer/sendMessages';

/**
 * kafkajs 2.2.4 goes through a lock, a retrier and some forty promises for every send. What is
 * for one partition whose leader is known and connected goes there at once; whatever else, and what
 * fails and may be tried again, takes the old way, under the same sequence number, by which the
 * broker knows a repeat.
 */
function patchSend(): void {
  const create = internalModule<(parts: Parts) => Send>(PATH);
  replaceInternalModule(PATH, 'producer/messageProducer', (parts: Parts): Send => {
    const sendCarefully = create(parts);
    return async (request) => {
      const [only, ...others] = request.topicMessages;
      const partition = only && others.length === 0 ? commonPartition(only) : undefined;
      if (only === undefined || partition === undefined || parts.eosManager.isTransactional()) {
        return sendCarefully(request);
      }
      const leader = connectedLeader(parts.cluster.brokerPool, only.topic, partition);
      if (leader === undefined) return sendCarefully(request);
      try {
        return await sendTo(leader, parts, { ...request, ...only, partition });
      } catch (error) {
        if ((error as { retriable?: boolean }).retriable === false) throw error;
        failed(parts, error as Error);
        return sendCarefully(request);
      }
    };
  });
}

/** What kafkajs does before it tries again: the leader may be another one, or gone. */
function failed({ logger, cluster }: Parts, error: Error): void {
  logger.error(`Failed to send messages: ${error.message}`);
  if (error.name === 'KafkaJSConnectionClosedError') cluster.removeBroker(error);
  cluster.brokerPool.metadataExpireAt = null;
}

function commonPartition({ messages }: TopicMessages): number | undefined {
  const partition = messages[0]?.partition;
  return messages.every((message) => message.partition === partition) ? partition : undefined;
}

function connectedLeader(
  { brokers, metadata, metadataExpireAt }: BrokerPool,
  topic: string,
  partition: number,
): Broker | undefined {
  if (metadata === null || metadataExpireAt === null || Date.now() > metadataExpireAt) return;
  const partitions = metadata.topicMetadata.find((one) => one.topic === topic)?.partitionMetadata;
  const leader = partitions?.find(({ partitionId }) => partitionId === partition)?.leader;
  const broker = leader === undefined ? undefined : brokers[leader];
  return broker?.isConnected() ? broker : undefined;
}

async function sendTo(
  leader: Broker,
  { eosManager }: Parts,
  { topic, partition, messages, ...asked }: TopicMessages & Request & { partition: number },
): Promise<unknown> {
  const firstSequence = eosManager.getSequence(topic, partition);
  eosManager.updateSequence(topic, partition, messages.length);
  try {
    const { topics } = await leader.produce({
      acks: asked.acks,
      timeout: asked.timeout,
      compression: asked.compression,
      transactionalId: undefined,
      producerId: eosManager.getProducerId(),
      producerEpoch: eosManager.getProducerEpoch(),
      topicData: [{ topic, partitions: [{ partition, firstSequence, messages }] }],
    });
    return topics.flatMap(({ topicName, partitions }) =>
      partitions.map((one) => ({ topicName, ...one })),
    );
  } catch (error) {
    eosManager.updateSequence(topic, partition, -messages.length);
    throw error;
  }
}

patchSend();
