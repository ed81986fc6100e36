import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { createPublisher } from '../../common/kafka/produce/publisher.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { listening } from './listening.ts';
import type { DeliverySystem } from './delivery.ts';
import { aSubscription } from './subscription.ts';
import type { GivenSubscription } from './subscription.ts';

const DEADLINE_MS = 10_000;

/** Subscriptions and deliveries for them, written as the API writes them. */
export function subscribed(t: TestContext, system: DeliverySystem) {
  const { kafka, names, config } = system;
  const publisher = createPublisher({ kafka, logger: createLogger('test', 'silent') });
  t.after(() => publisher.close());
  const publish = (record: OutgoingRecord) => publisher.publish(record, DEADLINE_MS);
  return {
    save(given: GivenSubscription & Pick<Subscription, 'targetUrl'>): Promise<void> {
      const subscription = aSubscription({ updatedAt: Date.now(), ...given });
      const { id } = given;
      const partition = partitionOf(id, config.PARTITIONS);
      const value = JSON.stringify(subscription);
      return publish({ topic: names.subscriptions, partition, key: id, value, headers: {} });
    },
    /** A delivery to WEBHOOK_URL. */
    sendDefault(id: string): Promise<void> {
      const partition = partitionOf(id, config.PARTITIONS);
      const headers = { 'webhook-id': id };
      return publish({ topic: names.deliveries, partition, key: id, value: '{}', headers });
    },
    /** @param key decides the partition, as a user id does */
    send(subscription: string, id: string, key: string): Promise<void> {
      const partition = partitionOf(key, config.PARTITIONS);
      const headers = { 'webhook-id': id, 'wh-subscription': subscription };
      const value = JSON.stringify({ sentAtMs: Date.now() });
      return publish({ topic: names.deliveries, partition, key, value, headers });
    },
  };
}

export interface Arrival {
  readonly id: string;
  readonly path: string;
  readonly sentAtMs: number;
}

type Answer = (arrival: Arrival, response: ServerResponse) => void;

/** A receiver with many paths, each of which answers as the test says. */
export async function aManyPathReceiver(t: TestContext, answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { sentAtMs } = JSON.parse(body) as { sentAtMs: number };
      answer(
        { id: String(request.headers['webhook-id']), path: request.url ?? '', sentAtMs },
        response,
      );
    });
  });
  const port = await listening(t, server);
  return `http://127.0.0.1:${port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of request) chunks.push(String(chunk));
  return chunks.join('');
}
