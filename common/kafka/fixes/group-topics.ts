import { internalModule, wrapMethod } from '../internals.ts';

interface ConsumerGroup {
  topicsSubscribed: readonly string[];
  readonly topicConfigurations: Record<string, { fromBeginning: boolean }>;
  readonly assigners: readonly object[];
  readonly cluster: {
    readonly targetTopics: Set<string>;
    addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  };
}

type Join = (this: ConsumerGroup) => Promise<void>;
type Fetch = (this: ConsumerGroup, nodeId: string) => Promise<unknown>;

interface Errors {
  readonly KafkaJSProtocolError: new (error: typeof REJOIN) => Error;
}

/** The error that kafkajs takes as the request to join the group again. */
const REJOIN = {
  type: 'REBALANCE_IN_PROGRESS',
  message: 'this consumer reads other topics now',
  retriable: true,
};

/** The topics that a consumer reads, while it runs. */
export class GroupTopics {
  private wanted: readonly string[];
  private readonly group = new Set<ConsumerGroup>();

  constructor(topics: readonly string[]) {
    this.wanted = topics;
  }

  /** @returns whether they are others than before */
  set(topics: readonly string[]): boolean {
    if (String(topics) === String(this.wanted)) return false;
    this.wanted = topics;
    // Until the next join nothing may fail for the sake of a topic that is gone.
    for (const { cluster } of this.group) this.forgetOthers(cluster.targetTopics);
    return true;
  }

  isJoinedTo({ topicsSubscribed }: ConsumerGroup): boolean {
    return String(topicsSubscribed) === String(this.wanted);
  }

  /** Makes kafkajs join with these topics. */
  async apply(group: ConsumerGroup): Promise<void> {
    this.group.clear();
    this.group.add(group);
    const topics = this.wanted;
    this.forgetOthers(group.cluster.targetTopics);
    await group.cluster.addMultipleTargetTopics(topics);
    for (const topic of topics) group.topicConfigurations[topic] ??= { fromBeginning: true };
    group.topicsSubscribed = topics;
  }

  private forgetOthers(topics: Set<string>): void {
    for (const topic of topics) if (!this.wanted.includes(topic)) topics.delete(topic);
  }
}

/** Keyed by the assigner of the consumer, because nothing else of ours reaches kafkajs' inside. */
const all = new WeakMap<object, GroupTopics>();

export function setGroupTopics(assigner: object, topics: GroupTopics): void {
  all.set(assigner, topics);
}

/**
 * The topics of a kafkajs 2.2.4 consumer are fixed once it runs: to read another one it has to
 * leave its group, which takes its partitions away while their requests are under way. Here it
 * joins again with other topics, as the same member.
 */
export function fixGroupTopics(): void {
  const { KafkaJSProtocolError } = internalModule<Errors>('errors');
  const topicsOf = ({ assigners: [assigner] }: ConsumerGroup) => assigner && all.get(assigner);
  wrapMethod<Join>('consumer/consumerGroup', 'joinAndSync', (join) => {
    return async function () {
      await topicsOf(this)?.apply(this);
      return join.call(this);
    };
  });
  wrapMethod<Fetch>('consumer/consumerGroup', 'fetch', (fetch) => {
    return async function (nodeId) {
      if (topicsOf(this)?.isJoinedTo(this) === false) throw new KafkaJSProtocolError(REJOIN);
      return fetch.call(this, nodeId);
    };
  });
}
