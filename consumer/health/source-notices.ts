import type { Alarm } from '../../common/model/consumer-state.ts';
import type { Sources } from '../../common/sources/sources.ts';

/** Names the source topics that cannot be read, and what to do. */
export function sourceNotices(sources: Pick<Sources, 'all' | 'stateOf'>): readonly Alarm[] {
  const details = [...sources.all()].flatMap(({ topic }) => {
    const state = sources.stateOf(topic);
    if (state === 'missing') return `${topic} does not exist: create it, or name another source`;
    if (state === 'forbidden') return forbidden(topic);
    return [];
  });
  return details.length === 0 ? [] : [{ kind: 'source-unreadable', detail: details.join('; ') }];
}

function forbidden(topic: string): string {
  const grant = `kafka-acls --add --allow-principal User:NAME --operation Read --topic ${topic}`;
  return `${topic} may not be read: the ACL Read on Topic ${topic} is missing (${grant})`;
}
