/** A produce request as kafkajs hands it to a broker. */
export interface Produce {
  readonly topicData: readonly TopicData[];
  readonly acks?: number;
  readonly timeout?: number;
  readonly transactionalId?: string | undefined;
  readonly producerId?: unknown;
  readonly producerEpoch?: number;
}

interface TopicData {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly firstSequence?: number;
    readonly messages: readonly { readonly value: Buffer | string | null }[];
  }[];
}

/** What a broker says to it. */
export interface Answer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
}

/** Larger ones gain nothing by company, and a broker bounds its requests. */
const SHARED_BYTES_MAX = 1_000_000;

/** Which requests go to a broker as one: those of one producer, up to a number of bytes. */
export function inShares<Waiting extends { readonly request: Produce }>(
  all: readonly Waiting[],
): readonly (readonly [Waiting, ...Waiting[]])[] {
  const shares: [Waiting, ...Waiting[]][] = [];
  let bytes = 0;
  for (const one of all) {
    const share = shares.at(-1);
    const more = bytesOf(one.request);
    bytes += more;
    if (share && bytes <= SHARED_BYTES_MAX && isAlike(share[0].request, one.request)) {
      share.push(one);
    } else {
      shares.push([one]);
      bytes = more;
    }
  }
  return shares;
}

/** All of them as one request, in which a broker takes each topic once. */
export function merged([first, ...others]: readonly [Produce, ...Produce[]]): Produce {
  const parts = [first, ...others].flatMap(({ topicData }) => topicData);
  const topicData = [...Map.groupBy(parts, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.flatMap(({ partitions }) => partitions),
  }));
  return { ...first, topicData };
}

/** What the answer to all of them says to one. */
export function partOf(answer: Answer, { topicData }: Produce): Answer {
  const topics = topicData.map(({ topic: topicName, partitions: asked }) => {
    const answered = answer.topics.find((one) => one.topicName === topicName)?.partitions ?? [];
    const partitions = answered.filter((one) =>
      asked.some(({ partition }) => partition === one.partition),
    );
    return { topicName, partitions };
  });
  return { ...answer, topics };
}

function isAlike(one: Produce, other: Produce): boolean {
  return (['producerId', 'producerEpoch', 'transactionalId', 'acks', 'timeout'] as const).every(
    (name) => one[name] === other[name],
  );
}

function bytesOf({ topicData }: Produce): number {
  let bytes = 0;
  for (const { partitions } of topicData) {
    for (const { messages } of partitions) {
      for (const { value } of messages) bytes += value?.length ?? 0;
    }
  }
  return bytes;
}
