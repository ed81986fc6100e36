import type { Kafka } from 'kafkajs';
import { invariant } from '../../base/errors.ts';
import type { KafkaConnection } from '../client/connection.ts';
import {
  METADATA_VERSION,
  decodeMetadataResponse,
  encodeMetadataRequest,
} from '../protocol/topic-metadata.ts';
import type { TopicDescription } from '../protocol/topic-metadata.ts';
import { encoded } from '../internals.ts';
import { createCluster } from '../internal-cluster.ts';

export type { TopicDescription } from '../protocol/topic-metadata.ts';

const METADATA_API_KEY = 3;

export interface TopicDescriber {
  /**
   * The topics that exist, by name, as one broker knows them now.
   *
   * @returns null from a broker before Kafka 2.8, which knows no topic ids
   */
  describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription> | null>;
  close(): Promise<void>;
}

/** Asks for topic ids, which kafkajs 2.2.4 cannot read, over a connection of its making. */
export async function openTopicDescriber({ client }: KafkaConnection): Promise<TopicDescriber> {
  const cluster = createCluster(client as Kafka, { allowAutoTopicCreation: false });
  await cluster.connect();
  return {
    async describe(topics) {
      const broker = await cluster.brokerPool.findConnectedBroker();
      const { maxVersion = 0 } = broker.versions?.[METADATA_API_KEY] ?? {};
      if (maxVersion < METADATA_VERSION) return null;
      invariant(broker.connectionPool, 'kafkajs has another inside than 2.2.4');
      return broker.connectionPool.send({
        request: {
          apiKey: METADATA_API_KEY,
          apiVersion: METADATA_VERSION,
          apiName: 'Metadata',
          encode: () => Promise.resolve(encoded(encodeMetadataRequest(topics))),
        },
        response: {
          decode: (answer: Buffer) => Promise.resolve(decodeMetadataResponse(answer)),
          parse: (topics: ReadonlyMap<string, TopicDescription>) => Promise.resolve(topics),
        },
      });
    },
    close: () => cluster.disconnect(),
  };
}
