/**
 * Digits of Kafka's id of a topic. Behind them are those that tell a source of the topic from an
 * earlier one; positions of our own topics, and of earlier versions, have none.
 */
const TOPIC_ID_DIGITS = 32;

/** Whether positions under two ids are of one log; '' stands for an id that is not known. */
export function isSameLog(id: string, now: string): boolean {
  if (id === '' || now === '') return true;
  return topicOf(id) === topicOf(now) && !isOfOtherSource(id, now);
}

/** Whether positions under an id were those of a source that was deleted, and made again since. */
export function isOfOtherSource(id: string, now: string): boolean {
  const [source, sourceNow] = [id.slice(TOPIC_ID_DIGITS), now.slice(TOPIC_ID_DIGITS)];
  return source !== '' && sourceNow !== '' && source !== sourceNow;
}

const topicOf = (id: string) => id.slice(0, TOPIC_ID_DIGITS);
