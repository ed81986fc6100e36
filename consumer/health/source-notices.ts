import type { Alarm } from '../../common/model/consumer-state.ts';
import type { Sources } from '../../common/sources/sources.ts';
import { whyUnreadable } from '../../common/sources/why-unreadable.ts';

/** Names the source topics that cannot be read, and the schemas, and what to do. */
export function sourceNotices(
  sources: Pick<Sources, 'all' | 'stateOf' | 'schemasWaitedFor'>,
): readonly Alarm[] {
  const topics = [...sources.all()].flatMap(
    ({ topic }) => whyUnreadable(topic, sources.stateOf(topic)) ?? [],
  );
  const schemas = sources.schemasWaitedFor().map((one) => `records wait for ${one}`);
  return [...alarm('source-unreadable', topics), ...alarm('schema-unavailable', schemas)];
}

function alarm(kind: Alarm['kind'], details: readonly string[]): readonly Alarm[] {
  return details.length === 0 ? [] : [{ kind, detail: details.join('; ') }];
}
