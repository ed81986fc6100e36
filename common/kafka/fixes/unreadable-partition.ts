import { pause } from '../../base/retry.ts';
import { wrapMethod } from '../internals.ts';

interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly messages: readonly unknown[];
}

interface Topic {
  readonly topicName: string;
  readonly partitions: readonly FetchedPartition[];
}

interface FetchResponse {
  readonly responses: readonly Topic[];
}

type Parse = (response: FetchResponse) => Promise<FetchResponse>;

/** Errors of a broker for a partition whose log it cannot read, by Kafka's error code. */
const UNREADABLE: ReadonlyMap<number, string> = new Map([
  [-1, 'UNKNOWN_SERVER_ERROR'],
  [2, 'CORRUPT_MESSAGE'],
  [56, 'KAFKA_STORAGE_ERROR'],
]);
/** The broker answers an error at once; a fetch without records otherwise waits about as long. */
const PAUSE_MS = 200;

export interface Unreadable {
  /** The broker's error, by name. */
  readonly error: string;
  /** Time since which each answer has been this error, ms since 1970. */
  readonly sinceMs: number;
}

/** Unreadable partitions by `topic/partition`, for the one cluster of this process. */
const found = new Map<string, Unreadable>();

/** Why a partition cannot be fetched; undefined while it can. */
export function unreadable(topic: string, partition: number): Unreadable | undefined {
  return found.get(`${topic}/${partition}`);
}

type OnFound = (at: { topic: string; partition: number; error: string }) => void;

/**
 * kafkajs 2.2.4 fails a whole fetch response when the broker cannot read the log of one partition:
 * the consumer ends, joins the group once more and ends again, and every partition waits for the
 * damaged one. Such a partition is left out of the response instead, so the others are read; it is
 * fetched again and again, and goes on by itself once its log can be read.
 *
 * @param onFound called once for each partition that can no longer be read
 */
export function fixUnreadablePartitions(onFound: OnFound): void {
  wrapMethod<Parse>(
    'protocol/requests/fetch/v11/response',
    'parse',
    (parse) => async (response) => {
      let isAny = false;
      let hasRecords = false;
      const responses = response.responses.map(({ topicName: topic, partitions }) => ({
        topicName: topic,
        partitions: partitions.filter(({ partition, errorCode, messages }) => {
          const name = `${topic}/${partition}`;
          const error = UNREADABLE.get(errorCode);
          if (error === undefined) {
            hasRecords ||= messages.length > 0;
            if (found.size > 0) found.delete(name);
            return true;
          }
          isAny = true;
          if (!found.has(name)) {
            found.set(name, { error, sinceMs: Date.now() });
            onFound({ topic, partition, error });
          }
          return false;
        }),
      }));
      if (!isAny) return parse(response);
      if (!hasRecords) await pause(PAUSE_MS);
      return parse({ ...response, responses });
    },
  );
}
