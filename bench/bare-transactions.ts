// As fast as kafkajs writes the rows of a file in transactions when they are in memory already: no
// reading, no checks, no checkpoint. The yardstick of ingestion.
// Usage: bare-transactions.ts <brokers> <topic> <csv file>; prints rows a second.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { Kafka, logLevel } from 'kafkajs';
import { fileRowId } from '../common/model/delivery.ts';
import { partitionOf } from '../common/kafka/produce/partitioner.ts';

const TRANSACTION_ROWS = 10_000;
/** kafkajs groups the messages of a send in quadratic time; without this it would be slower yet. */
const SEND_ROWS = 1_500;

const [brokers = '', topic = '', path = ''] = process.argv.slice(2);
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
const admin = kafka.admin();
await admin.connect();
const partitionCount = (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions
  .length as number;
await admin.disconnect();

const rows = parse(readFileSync(path), { from: 2 }) as [string, string][];
const messages = rows.map(([userId, alertMessage], index) => ({
  partition: partitionOf(userId, partitionCount),
  key: userId,
  value: JSON.stringify({ userId, alertMessage }),
  headers: { 'webhook-id': fileRowId('01ARZ3NDEKTSV4RRFFQ69G5FAV', index + 1) },
}));
type Message = (typeof messages)[number];

const producer = kafka.producer({
  transactionalId: `bench-${randomBytes(4).toString('hex')}`,
  maxInFlightRequests: 12,
});
await producer.connect();
const startedAt = performance.now();
for (let start = 0; start < messages.length; start += TRANSACTION_ROWS) {
  const transaction = await producer.transaction();
  const ofPartition = new Map<number, Message[]>();
  for (const message of messages.slice(start, start + TRANSACTION_ROWS)) {
    const group = ofPartition.get(message.partition);
    if (group) group.push(message);
    else ofPartition.set(message.partition, [message]);
  }
  await Promise.all(
    [...ofPartition.values()].map(async (group) => {
      for (let at = 0; at < group.length; at += SEND_ROWS) {
        await transaction.send({ topic, acks: -1, messages: group.slice(at, at + SEND_ROWS) });
      }
    }),
  );
  await transaction.commit();
}
const seconds = (performance.now() - startedAt) / 1_000;
process.stdout.write(`${Math.round(messages.length / seconds)}\n`);
process.exit();
