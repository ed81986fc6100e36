import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseKafka } from './choose-kafka.ts';
import type { Facts, KafkaChoice } from './choose-kafka.ts';

const nothing: Facts = { brokers: [], java: null, maven: false, docker: false };
const all: Facts = { brokers: ['k:9092'], java: 21, maven: true, docker: true };

const rows: readonly [title: string, facts: Facts, expected: KafkaChoice['kind']][] = [
  ['KAFKA_BROKERS wins over everything else', all, 'given'],
  ['KAFKA_BROKERS needs nothing on the machine', { ...nothing, brokers: ['k:9092'] }, 'given'],
  ['Java and Maven win over Docker', { ...all, brokers: [] }, 'embedded'],
  ['Java 17 is new enough', { ...nothing, java: 17, maven: true }, 'embedded'],
  ['Java 16 is too old', { ...nothing, java: 16, maven: true }, 'missing'],
  ['Java 8 with Docker means Docker', { ...all, brokers: [], java: 8 }, 'compose'],
  ['Java without Maven means Docker', { ...all, brokers: [], maven: false }, 'compose'],
  ['Maven without Java is not enough', { ...nothing, maven: true }, 'missing'],
  ['Docker alone is enough', { ...nothing, docker: true }, 'compose'],
  ['nothing at all is said so', nothing, 'missing'],
];
for (const [title, facts, expected] of rows) {
  test(title, () => {
    assert.equal(chooseKafka(facts).kind, expected);
  });
}

test('the message names the three ways and what was found', () => {
  const choice = chooseKafka({ ...nothing, java: 11 });
  assert.equal(choice.kind, 'missing');
  const { message } = choice as Extract<KafkaChoice, { kind: 'missing' }>;
  for (const part of ['KAFKA_BROKERS=', 'Java 17', 'Maven', 'Docker', 'found: Java 11, no Maven']) {
    assert.ok(message.includes(part), `${part} in: ${message}`);
  }
});
