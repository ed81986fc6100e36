import { locatorText } from '../../common/model/source.ts';
import type { Source } from '../../common/model/source.ts';
import type { StoredSource } from '../../common/model/stored-source.ts';
import type { Sources } from '../../common/sources/sources.ts';
import { whyUnreadable } from '../../common/sources/why-unreadable.ts';
import { statusOf } from '../status/source-status.ts';
import type { SourceFigures } from '../status/source-status.ts';
import type { SourceView } from './schemas.ts';

export interface ViewDeps {
  readonly sources: Pick<Sources, 'all' | 'stateOf' | 'partitionsOf' | 'isBySettings' | 'storedOf'>;
  /** Lag and rate of the topics. */
  readonly figures: () => SourceFigures;
  /** Beginning of those that SOURCE_TOPICS names. */
  readonly settingsFrom: 'now' | 'earliest';
}

/** A source as the API shows it. */
export function sourceView(source: Source, deps: ViewDeps): SourceView {
  const { topic } = source;
  const { sources } = deps;
  const stored = sources.storedOf(topic);
  const status = statusOf(topic, sources, deps.figures());
  return {
    ...status,
    reason: whyUnreadable(topic, status.state),
    partitions: sources.partitionsOf(topic) || null,
    user_id: locatorText(source.userId),
    event_type: locatorText(source.eventType),
    tombstones: source.tombstones,
    to_default: source.isForDefault,
    from: stored ? fromText(stored.from) : deps.settingsFrom,
    by: sources.isBySettings(topic) ? 'settings' : 'api',
    created_at: stored ? new Date(stored.createdAt).toISOString() : null,
  };
}

function fromText(from: StoredSource['from']): string {
  if (from.kind === 'latest') return 'now';
  if (from.kind === 'earliest') return 'earliest';
  return from.kind === 'offset' ? String(from.offset) : new Date(from.atMs).toISOString();
}
