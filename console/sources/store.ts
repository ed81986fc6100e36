import { AppError } from '../../common/base/errors.ts';
import { whenLoaded, withDeadline } from '../../common/base/loaded.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import type { ResetTarget } from '../../common/kafka/admin/reset-offsets.ts';
import { orUnavailable } from '../../common/kafka/client/broker-connections.ts';
import { WRITE_DEADLINE_MS } from '../../common/kafka/produce/as-only-writer.ts';
import type { LogPlace } from '../../common/model/subscription.ts';
import { sourceKey } from '../../common/model/stored-source.ts';
import type { SourceRules, StoredSource } from '../../common/model/stored-source.ts';
import type { Sources } from '../../common/sources/sources.ts';
import { changeStored } from '../../common/subscriptions/change-stored.ts';
import type { NextStored, SubscriptionsTopic } from '../../common/subscriptions/change-stored.ts';
import type { SubscriptionTable } from '../../common/subscriptions/default-endpoint.ts';
import { offsetsOf } from '../../common/topics/log-offsets.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';

interface Deps {
  readonly sources: Pick<Sources, 'has' | 'isBySettings' | 'storedOf'>;
  readonly table: Pick<SubscriptionTable, 'caughtUp'>;
  readonly stored: SubscriptionsTopic;
  readonly watch: Pick<TopicWatch, 'describe' | 'lookQuietly'>;
  readonly view: Pick<GroupView, 'bounds' | 'offsetsAt'>;
}

const WHAT = 'the sources';

/** Makes, changes and deletes sources that the settings do not name. */
export class SourceStore {
  private readonly deps: Deps;
  private readonly whenComplete: () => Promise<void>;

  constructor(deps: Deps) {
    this.deps = deps;
    this.whenComplete = whenLoaded(() => deps.table.caughtUp(), WHAT, WRITE_DEADLINE_MS);
  }

  /** @throws BrokerUnavailableError the sources have not been read yet */
  loaded(): Promise<void> {
    return this.whenComplete();
  }

  /** @throws AppError source_unknown; BrokerUnavailableError */
  async check(topic: string): Promise<void> {
    const { sources, table } = this.deps;
    await this.whenComplete();
    // Another console may have made it a moment ago.
    if (!sources.has(topic)) await withDeadline(table.caughtUp(), WHAT, WRITE_DEADLINE_MS);
    if (!sources.has(topic)) throw unknownSource(topic);
  }

  /** @throws AppError source_exists, source_by_settings; BrokerUnavailableError */
  async create(topic: string, rules: SourceRules, from: ResetTarget): Promise<void> {
    this.refuseBySettings(topic);
    const begins = await this.placeOf(topic, from);
    const createdAt = Date.now();
    const made: StoredSource = { kind: 'source', topic, rules, from, begins, createdAt };
    let isTried = false;
    let isTaken = false;
    await this.change(topic, () => {
      const now = this.deps.sources.storedOf(topic);
      // A try before may have written it; another console may have done so in the same ms.
      const isMade = isTried && now?.createdAt === createdAt;
      isTaken = !isMade && (now?.rules ?? null) !== null;
      if (isMade || isTaken) return null;
      isTried = true;
      return { value: made };
    });
    if (isTaken) {
      const text = `${topic} is a source already: change it with PATCH, or delete it before`;
      throw new AppError('source_exists', text);
    }
  }

  /** @throws AppError source_unknown, source_by_settings; BrokerUnavailableError */
  update(topic: string, rules: Partial<SourceRules>): Promise<void> {
    return this.changeExisting(topic, (now) => ({
      value: { ...now, rules: { ...now.rules, ...rules } },
    }));
  }

  /** @throws as `update` */
  remove(topic: string): Promise<void> {
    return this.changeExisting(topic, () => ({ value: null }));
  }

  private async changeExisting(topic: string, change: (now: StoredSource) => NextStored) {
    this.refuseBySettings(topic);
    await this.check(topic);
    let isThere = false;
    let tried: StoredSource | null = null;
    await this.change(topic, () => {
      const now = this.deps.sources.storedOf(topic);
      isThere = (now?.rules ?? null) !== null;
      if (!now || !isThere) return null;
      // A try before may have deleted it, and somebody has made it again.
      if (tried !== null && tried.createdAt !== now.createdAt) return null;
      tried = now;
      return change(now);
    });
    // One that was deleted by us in a try before is not unknown.
    if (!isThere && tried === null) throw unknownSource(topic);
  }

  private async change(topic: string, next: () => NextStored | null): Promise<void> {
    const { stored, table, watch } = this.deps;
    await changeStored(stored, table, sourceKey(topic), next);
    // The answer says in which state it is.
    await watch.lookQuietly();
  }

  /** @returns null: it may not be read; who may finds its place later */
  private async placeOf(topic: string, from: ResetTarget): Promise<LogPlace | null> {
    const { watch, view } = this.deps;
    return orUnavailable(`${topic} cannot be looked for`, async () => {
      const found = (await watch.describe([topic])).get(topic);
      // All of a topic that is not there comes later.
      if (!found) return {};
      if (!found.mayRead) return null;
      return { [topic]: { topicId: found.id, offsets: await offsetsOf(view, topic, from) } };
    });
  }

  private refuseBySettings(topic: string): void {
    if (!this.deps.sources.isBySettings(topic)) return;
    const text = `SOURCE_TOPICS names ${topic}: change that setting, and SOURCE_USER_ID and its like`;
    throw new AppError('source_by_settings', text);
  }
}

/** The error of a topic that is no source. */
export function unknownSource(topic: string): AppError {
  return new AppError('source_unknown', `There is no source ${topic}; \`GET /sources\` lists them`);
}
