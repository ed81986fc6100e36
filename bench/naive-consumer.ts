// The consumer that one writes first: eachMessage, fetch, one Bottleneck job and one commit for
// each record. Usage: naive-consumer.ts <brokers> <topic> <group> <url>
import Bottleneck from 'bottleneck';
import { Kafka, logLevel } from 'kafkajs';

const [brokers = '', topic = '', groupId = '', url = ''] = process.argv.slice(2);
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId });
const limiter = new Bottleneck({ maxConcurrent: 64 });

await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ partition, message }) => {
    await limiter.schedule(async () => {
      const answer = await fetch(url, {
        method: 'POST',
        body: message.value ? new Uint8Array(message.value) : null,
        headers: {
          'content-type': 'application/json',
          'webhook-id': String(message.headers?.['webhook-id']),
        },
      });
      await answer.arrayBuffer();
    });
    const offset = String(Number(message.offset) + 1);
    await consumer.commitOffsets([{ topic, partition, offset }]);
  },
});
