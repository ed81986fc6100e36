import { z } from 'zod';
import { count } from '../../common/http/describe.ts';
import type { Sources } from '../../common/sources/sources.ts';
import type { TopicLag } from '../cluster/cluster-watch.ts';

export const SourceStatus = z
  .object({
    topic: z.string(),
    state: z
      .enum(['reading', 'starting', 'missing', 'forbidden'])
      .describe('missing: there is no such topic; forbidden: the right to read it is missing'),
    lag: count.nullable().describe('records behind the committed offset; null: it is not read'),
    lag_seconds: count.nullable().describe('age of the oldest of these, in seconds'),
    rate: z.number().nullable().describe('records a second of the last minute; null: not known'),
  })
  .meta({ id: 'SourceStatus' });
export type SourceStatus = Readonly<z.infer<typeof SourceStatus>>;

interface Sample {
  readonly atMs: number;
  readonly committed: number;
  /** Tells a source that was made again from the earlier one. */
  readonly life: string;
}

const WINDOW_MS = 60_000;

/** Measures how fast each source is read, by what its group commits. */
export class SourceRates {
  private readonly samples = new Map<string, Sample[]>();

  /** @param lifeOf null: the topic is no source */
  take(topics: readonly TopicLag[], lifeOf: (topic: string) => string | null, atMs: number): void {
    for (const { topic, committed } of topics) {
      const life = lifeOf(topic);
      if (life === null) continue;
      const before = this.samples.get(topic) ?? [];
      const kept = before.filter((one) => one.life === life && atMs - one.atMs <= WINDOW_MS);
      this.samples.set(topic, [...kept, { atMs, committed, life }]);
    }
  }

  /** @returns null: it is known for too short */
  of(topic: string): number | null {
    const samples = this.samples.get(topic) ?? [];
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last || first === last) return null;
    // An operator may have set the offsets back.
    const records = Math.max(0, last.committed - first.committed);
    return Math.round((records * 10_000) / (last.atMs - first.atMs)) / 10;
  }
}

/** Lags and rates of all topics. */
export interface SourceFigures {
  readonly topics: readonly TopicLag[];
  readonly rates: Pick<SourceRates, 'of'>;
}

/** Every source as `GET /status` shows it. */
export function sourceStatus(
  sources: Pick<Sources, 'all' | 'stateOf'>,
  topics: readonly TopicLag[],
  rates: Pick<SourceRates, 'of'>,
): SourceStatus[] {
  return [...sources.all()].map(({ topic }) => statusOf(topic, sources, { topics, rates }));
}

/** One of them. */
export function statusOf(
  topic: string,
  sources: Pick<Sources, 'stateOf'>,
  { topics, rates }: SourceFigures,
): SourceStatus {
  const read = topics.find((one) => one.topic === topic);
  const lag = { lag: read?.lag ?? null, lag_seconds: read?.lagSeconds ?? null };
  return { topic, state: sources.stateOf(topic), ...lag, rate: rates.of(topic) };
}
