import type { Message } from 'kafkajs';

/**
 * The messages of a send that are all for one partition, grouped beforehand: kafkajs groups them by
 * calling their `reduce` with a function that copies the group once for each message, which takes
 * quadratic time (tulios/kafkajs#1576). Otherwise the array is an ordinary one.
 *
 * @param messages each with this partition; the array becomes part of the send
 */
export function onePartition(partition: number, messages: Message[]): Message[] {
  const groups = { [partition]: messages };
  Object.defineProperty(messages, 'reduce', { value: () => groups });
  return messages;
}
