import type { Alarm } from '../../common/model/consumer-state.ts';
import type { Sources } from '../../common/sources/sources.ts';

/** Names the source topics that cannot be read, and the schemas, and what to do. */
export function sourceNotices(
  sources: Pick<Sources, 'all' | 'stateOf' | 'schemasWaitedFor'>,
): readonly Alarm[] {
  const topics = [...sources.all()].flatMap(({ topic }) => {
    const state = sources.stateOf(topic);
    if (state === 'missing') return `${topic} does not exist: create it, or name another source`;
    if (state === 'forbidden') return forbidden(topic);
    return [];
  });
  const schemas = sources.schemasWaitedFor().map((one) => `records wait for ${one}`);
  return [...alarm('source-unreadable', topics), ...alarm('schema-unavailable', schemas)];
}

function alarm(kind: Alarm['kind'], details: readonly string[]): readonly Alarm[] {
  return details.length === 0 ? [] : [{ kind, detail: details.join('; ') }];
}

function forbidden(topic: string): string {
  const grant = `kafka-acls --add --allow-principal User:NAME --operation Read --topic ${topic}`;
  return `${topic} may not be read: the ACL Read on Topic ${topic} is missing (${grant})`;
}
