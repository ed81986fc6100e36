import type { Config } from '../config/config.ts';
import type { TopicDescription } from '../kafka/admin/topic-descriptions.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { partitionOf } from '../kafka/produce/partitioner.ts';
import { lifeDigits } from '../model/stored-source.ts';
import type { StoredSource } from '../model/stored-source.ts';
import type { SubscriptionTable } from '../subscriptions/default-endpoint.ts';
import { Registry } from '../schemas/registry.ts';
import { Schemas } from '../schemas/schemas.ts';
import type { TopicWatch } from '../topics/topic-watch.ts';
import { parseEventType, parseUserId } from '../model/source.ts';
import type { Source } from '../model/source.ts';
import { sourceEvent } from './source-event.ts';

/**
 * `starting`: it was not looked for yet, or nobody has written down where it begins. `forbidden`:
 * we have no right to read it.
 */
export type SourceState = 'reading' | 'starting' | 'missing' | 'forbidden';

type SourceConfig = Pick<
  Config,
  | 'SOURCE_TOPICS'
  | 'SOURCE_USER_ID'
  | 'SOURCE_EVENT_TYPE'
  | 'SOURCE_TOMBSTONES'
  | 'SOURCE_TO_DEFAULT'
  | 'MAX_MESSAGE_BYTES'
  | 'SCHEMA_REGISTRY_URL'
>;

interface Deps {
  readonly config: SourceConfig;
  readonly table: Pick<SubscriptionTable, 'sources' | 'onSourceChange'>;
  readonly watch: Pick<TopicWatch, 'partitions' | 'idOf' | 'follow' | 'onLook' | 'lookQuietly'>;
}

const LOOK_AGAIN_MS = 2_000;

/** Knows the topics of the user's whose records are events, and what is known of each now. */
export class Sources {
  /** Topics that can be read, in alphabetical order. */
  topics: readonly string[] = [];
  private readonly deps: Deps;
  /** null: there is no registry, so values are sent as they are. */
  private readonly schemas: Schemas | null;
  private byTopic: ReadonlyMap<string, Source> = new Map();
  private soon: NodeJS.Timeout | undefined;
  /** Topics that the last look has found, and those that it has looked for. */
  private seen: ReadonlyMap<string, TopicDescription> = new Map();
  private lookedFor: ReadonlySet<string> = new Set();
  /** Digits that tell a source from an earlier one, by topic; those of deleted sources stay. */
  private readonly lives = new Map<string, string>();
  private readonly listeners: (() => void)[] = [];

  constructor(deps: Deps) {
    this.deps = deps;
    const { SCHEMA_REGISTRY_URL: url } = deps.config;
    this.schemas = url === '' ? null : new Schemas(new Registry(url));
    this.readTable();
    deps.watch.follow(() => [...this.byTopic.keys()]);
    deps.watch.onLook((topics, followed) => {
      this.seen = topics;
      this.lookedFor = new Set(followed);
      this.update();
      if (this.topics.length < this.byTopic.size) this.lookSoon();
    });
    deps.table.onSourceChange(() => {
      this.readTable();
      this.update();
      void deps.watch.lookQuietly();
    });
  }

  /** Called when other topics can be read than before. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  all(): Iterable<Source> {
    return this.byTopic.values();
  }

  /** How many partitions the largest source has; 0: there is none. */
  get partitionsMax(): number {
    return Math.max(0, ...this.topics.map((topic) => this.partitionsOf(topic)));
  }

  /** How many partitions a topic had when it was last looked for; 0: not known. */
  partitionsOf(topic: string): number {
    return this.seen.get(topic)?.partitions ?? 0;
  }

  /** Whether a topic is a source, also one that cannot be read now. */
  has(topic: string): boolean {
    return this.byTopic.has(topic);
  }

  /** Whether a topic is a source that cannot be read yet: where it begins may be unknown. */
  isNotRead(topic: string): boolean {
    return this.has(topic) && this.stateOf(topic) !== 'reading';
  }

  /** Whether any topic is a source, or was one. */
  get isUsed(): boolean {
    return this.lives.size > 0;
  }

  /** Whether SOURCE_TOPICS names a topic. */
  isBySettings(topic: string): boolean {
    return this.deps.config.SOURCE_TOPICS.includes(topic);
  }

  stateOf(topic: string): SourceState {
    const found = this.seen.get(topic);
    if (!found) return this.lookedFor.has(topic) ? 'missing' : 'starting';
    if (!found.mayRead) return 'forbidden';
    return this.storedOf(topic)?.begins ? 'reading' : 'starting';
  }

  /**
   * Hexadecimal digits that are others once a source was deleted and made again: positions in the
   * log that were those of the earlier one mean nothing then. '' for a topic that never was one.
   */
  lifeOf(topic: string): string {
    return this.lives.get(topic) ?? '';
  }

  /** Returns what is stored of a topic. */
  storedOf(topic: string): StoredSource | undefined {
    return this.deps.table.sources().find((one) => one.topic === topic);
  }

  /** Why nothing of a topic is sent any more; null: it is no source that was deleted. */
  whyCancelled(topic: string): string | null {
    return this.lives.has(topic) && !this.has(topic) ? 'its source was deleted' : null;
  }

  /** Whether all is known that `read` needs for a record. */
  isReadable({ topic, value }: Pick<LogRecord, 'topic' | 'value'>): boolean {
    return this.schemas === null || !this.has(topic) || this.schemas.isKnown(value);
  }

  /** Gets what `read` needs. @throws AppError schema_unavailable */
  async settle(records: readonly Pick<LogRecord, 'topic' | 'value'>[]): Promise<void> {
    const own = records.filter((record) => !this.isReadable(record));
    if (own.length > 0) await this.schemas?.settle(own.map(({ value }) => value));
  }

  /** Schemas that records wait for, and why they cannot be had. */
  schemasWaitedFor(): readonly string[] {
    return this.schemas?.waitedFor() ?? [];
  }

  /**
   * A record of any topic as the engine takes it: one of a source becomes an event. Call it for
   * those that are readable.
   *
   * @returns null: a tombstone that is not delivered, or a record of a source that was deleted
   */
  read(record: LogRecord): LogRecord | null {
    const source = this.byTopic.get(record.topic);
    if (!source) return this.whyCancelled(record.topic) === null ? record : null;
    const { config, watch } = this.deps;
    const { partitions } = watch;
    const decoded = record.undecodable ? null : (this.schemas?.decode(record.value) ?? null);
    const limits = {
      ...{ bodyBytesMax: config.MAX_MESSAGE_BYTES, partitions },
      partitionOf: (user: string) => partitionOf(user, partitions),
    };
    return sourceEvent(record, source, limits, decoded);
  }

  /**
   * Records of any topic as the engine takes them, up to the first that cannot be read yet.
   *
   * @returns with the offset of that one; null: there is none
   * @throws AppError schema_unavailable: it is the first of all
   */
  async readAll(
    records: readonly LogRecord[],
  ): Promise<{ readonly read: readonly LogRecord[]; readonly heldAt: number | null }> {
    const failed = await this.settle(records).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    const held = failed === null ? -1 : records.findIndex((record) => !this.isReadable(record));
    if (failed !== null && held === 0) throw failed.error;
    const readable = held < 0 ? records : records.slice(0, held);
    const read = readable.flatMap((record) => this.read(record) ?? []);
    return { read, heldAt: records[held]?.offset ?? null };
  }

  /** Offset at which a source begins in a partition; null: at the start of the log. */
  beginOf(topic: string, partition: number): number | null {
    const place = this.storedOf(topic)?.begins?.[topic];
    const id = this.deps.watch.idOf(topic);
    if (!place || (id !== '' && place.topicId !== '' && id !== place.topicId)) return null;
    return place.offsets[partition] ?? null;
  }

  /** One that cannot be read yet is looked for more often than what has not changed for long. */
  private lookSoon(): void {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => void this.deps.watch.lookQuietly(), LOOK_AGAIN_MS).unref();
  }

  private readTable(): void {
    this.byTopic = sourcesOf(this.deps);
    for (const one of this.deps.table.sources()) this.lives.set(one.topic, lifeDigits(one));
  }

  private update(): void {
    const all = [...this.byTopic.keys()].sort();
    const topics = all.filter((topic) => this.stateOf(topic) === 'reading');
    if (String(topics) === String(this.topics)) return;
    this.topics = topics;
    for (const listener of this.listeners) listener();
  }
}

function sourcesOf({ config, table }: Pick<Deps, 'config' | 'table'>) {
  const bySettings = config.SOURCE_TOPICS.map((topic): Source => ({
    topic,
    userId: config.SOURCE_USER_ID,
    eventType: config.SOURCE_EVENT_TYPE,
    tombstones: config.SOURCE_TOMBSTONES,
    isForDefault: config.SOURCE_TO_DEFAULT,
  }));
  const stored = table.sources().flatMap((one) => sourceOf(one) ?? []);
  // The settings count where a topic is named in both.
  return new Map([...stored, ...bySettings].map((source) => [source.topic, source]));
}

/** @returns null: the settings say how it is read */
function sourceOf({ topic, rules }: StoredSource): Source | null {
  if (rules === null) return null;
  return {
    topic,
    userId: parseUserId(rules.userId) ?? { kind: 'key' },
    eventType: parseEventType(rules.eventType) ?? { kind: 'header', name: 'event-type' },
    tombstones: rules.tombstones,
    isForDefault: rules.isForDefault,
  };
}
