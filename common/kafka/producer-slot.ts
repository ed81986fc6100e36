import type { Message, Producer } from 'kafkajs';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { METADATA_MAX_AGE_MS } from './connection.ts';
import type { KafkaConnection } from './connection.ts';
import { onePartition } from './one-partition.ts';
import type { Entry } from './send-queue.ts';

interface Holder {
  readonly producer: Producer;
  readonly connected: Promise<void>;
  sends: number;
  discarded: boolean;
}

export type ProducerSlot = ReturnType<typeof createProducerSlot>;

/**
 * Holds the idempotent producer in use. After a rejected send the sequence numbers that kafkajs
 * keeps no longer agree with the broker's, so the producer is replaced; it is disconnected when
 * its last send has ended.
 */
export function createProducerSlot(kafka: KafkaConnection, logger: Logger) {
  let current: Holder | null = null;
  let closed = false;

  function acquire(): Holder {
    if (closed) throw new AppError('broker_unavailable', 'the publisher is closed');
    if (current) return current;
    const producer = kafka.client.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      // Short, because we retry above with a fresh producer; kafkajs' default never gives up.
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 4 },
    });
    current = { producer, connected: producer.connect(), sends: 0, discarded: false };
    return current;
  }

  function release(holder: Holder): void {
    holder.sends -= 1;
    if (holder.discarded && holder.sends === 0) disconnect(holder);
  }

  function discard(holder: Holder): void {
    if (current === holder) current = null;
    holder.discarded = true;
  }

  function disconnect({ producer }: Holder): void {
    producer.disconnect().catch((error: unknown) => {
      logger.debug({ err: error }, 'publisher.disconnect-failed');
    });
  }

  return {
    /** Resolves when all in-sync replicas have the batch; otherwise its outcome is unknown. */
    async send(topic: string, partition: number, batch: readonly Entry[]): Promise<void> {
      const holder = acquire();
      holder.sends += 1;
      try {
        await holder.connected;
        const written = await holder.producer.send({
          topic,
          acks: -1,
          timeout: 10_000,
          messages: onePartition(
            partition,
            batch.map(({ record }) => record as Message),
          ),
        });
        // A send can resolve without having written its partition (tulios/kafkajs#1303).
        if (!written.some((one) => one.partition === partition && one.errorCode === 0)) {
          throw new AppError('broker_unavailable', `no acknowledgement for ${topic}/${partition}`);
        }
      } catch (error) {
        discard(holder);
        throw error;
      } finally {
        release(holder);
      }
    },
    async close(): Promise<void> {
      closed = true;
      const holder = current;
      current = null;
      if (!holder) return;
      await holder.producer.disconnect();
    },
  };
}
