import { messageOf } from '../base/errors.ts';
import type { Role } from '../process/run-role.ts';
import { topicNames, topicTable } from './topics.ts';
import { warnOfSettings } from '../kafka/admin/topic-settings.ts';
import { rightsOf } from './rights.ts';
import type { KafkaRole } from './rights.ts';
import type { KafkaConnection } from '../kafka/client/connection.ts';
import { checkRights } from '../kafka/admin/check-rights.ts';
import { planPartitions } from '../kafka/admin/partition-plan.ts';
import {
  ensureTopics,
  fetchPartitionCounts,
  raisePartitions,
  withAdmin,
} from '../kafka/admin/topic-admin.ts';
import type { PartitionCounts } from '../kafka/admin/topic-admin.ts';
import { openTopicDescriber } from '../kafka/admin/topic-descriptions.ts';
import type { TopicDescriber, TopicDescription } from '../kafka/admin/topic-descriptions.ts';

interface Deps extends Pick<Role, 'config' | 'logger' | 'open'> {
  readonly kafka: KafkaConnection;
  readonly counts: PartitionCounts;
}

/** Operators change topics while all runs; within a minute everybody must have noticed. */
const LOOK_INTERVAL_MS = 10_000;

/** Sees what operators do to the co-partitioned topics while this process runs. */
export interface TopicWatch {
  /** How many partitions the deliveries have now; never less than before. */
  readonly partitions: number;
  /** How many more they have than PARTITIONS asks for. */
  readonly partitionsBeyondSettings: number;
  /** Kafka's id of a topic as it was last seen; '' where it is not known. */
  idOf(topic: string): string;
  /** Asks the broker now. @returns the topics that exist; a broker before 2.8 gives no ids */
  look(): Promise<ReadonlyMap<string, TopicDescription>>;
  /** Asks the broker for some topics alone. @returns as `look` */
  describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>;
  /** Asks the broker now; a failure is only logged. */
  lookQuietly(): Promise<void>;
  /** Has the looks describe further topics, which are never changed. */
  follow(topics: () => readonly string[]): void;
  /** Called after each look, with the further topics that it has looked for. */
  onLook(listener: OnLook): void;
}

type OnLook = (topics: ReadonlyMap<string, TopicDescription>, followed: readonly string[]) => void;

/**
 * Makes the topics of the settings, as `ensureTopics` does, and watches them from then on.
 *
 * @throws AppError rights_missing  Kafka does not allow what the role needs
 */
export async function openTopics(
  deps: Omit<Deps, 'counts'> & { readonly as: KafkaRole },
): Promise<{ readonly counts: PartitionCounts; readonly watch: TopicWatch }> {
  const { kafka, config, logger, as } = deps;
  // Without a login there is nobody whose rights an operator could have narrowed.
  if (kafka.hasLogin) await checkRights(kafka, as, rightsOf(as, config));
  const counts = await ensureTopics(kafka, topicTable(config), config.REPLICATION_FACTOR, logger);
  // One process says so, and it is there once.
  if (as === 'console') await warnOfSettings(kafka, topicTable(config), logger);
  return { counts, watch: await openTopicWatch({ ...deps, counts }) };
}

/**
 * Watches the deliveries and the topics that go with them. When somebody has added partitions to
 * one of them, the others get as many.
 */
async function openTopicWatch(deps: Deps): Promise<TopicWatch> {
  const describer = await openTopicDescriber(deps.kafka);
  deps.open.defer(() => describer.close());
  const watch = new PollingWatch(deps, describer);
  const timer = setInterval(() => void watch.lookQuietly(), LOOK_INTERVAL_MS);
  deps.open.defer(() => clearInterval(timer));
  return watch;
}

class PollingWatch implements TopicWatch {
  partitions: number;
  private readonly deps: Deps;
  private readonly describer: TopicDescriber;
  private seen: ReadonlyMap<string, TopicDescription> = new Map();
  private readonly listeners: OnLook[] = [];
  /** How many looks have begun, and the number of the last one that was heeded. */
  private begun = 0;
  private heeded = 0;
  private followed: () => readonly string[] = () => [];

  constructor(deps: Deps, describer: TopicDescriber) {
    this.deps = deps;
    this.describer = describer;
    const { deliveries } = topicNames(deps.config.TOPIC_PREFIX);
    this.partitions = deps.counts.of(deliveries);
  }

  get partitionsBeyondSettings(): number {
    return Math.max(0, this.partitions - this.deps.config.PARTITIONS);
  }

  idOf(topic: string): string {
    return this.seen.get(topic)?.id ?? '';
  }

  follow(topics: () => readonly string[]): void {
    this.followed = topics;
  }

  onLook(listener: OnLook): void {
    this.listeners.push(listener);
  }

  async look(): Promise<ReadonlyMap<string, TopicDescription>> {
    const table = topicTable(this.deps.config).filter(({ isCoPartitioned }) => isCoPartitioned);
    const followed = this.followed();
    const number = (this.begun += 1);
    const topics = await this.describe([...table.map(({ name }) => name), ...followed]);
    const known = [...topics].filter(([, { partitions }]) => partitions > 0);
    const actual = new Map(known.map(([name, { partitions }]) => [name, partitions]));
    // A topic that is being made again is not there for a moment, and is not for us to make.
    const there = table.filter(({ name }) => actual.has(name));
    const plan = planPartitions(there, actual);
    if (plan.raised.length > 0) {
      await withAdmin(this.deps.kafka, (admin) => raisePartitions(admin, plan, this.deps.logger));
    }
    // A look that began later was answered before.
    if (number < this.heeded) return topics;
    this.heeded = number;
    // The new counts are used once all topics have them: a failed delivery must find the partition
    // of its retry.
    this.partitions = Math.max(this.partitions, plan.coPartitions);
    this.seen = topics;
    for (const listener of this.listeners) listener(topics, followed);
    return topics;
  }

  async lookQuietly(): Promise<void> {
    await this.look().catch((error: unknown) => {
      this.deps.logger.info({ err: messageOf(error) }, 'topics.not-seen');
    });
  }

  async describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    const described = await this.describer.describe(topics);
    if (described) return described;
    const counts = await withAdmin(this.deps.kafka, (admin) => fetchPartitionCounts(admin, topics));
    return new Map(
      [...counts].map(([name, partitions]) => [name, { id: '', partitions, mayRead: true }]),
    );
  }
}
