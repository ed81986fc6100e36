import { z } from 'zod';
import { parseJson } from '../../common/base/parse-json.ts';
import type { TopicNames } from '../../common/topics/topics.ts';

/** Offsets of a partition that are still to be read: from `next` up to, not including, `end`. */
const Window = z.tuple([
  z.int().min(0).describe('partition'),
  z.int().min(0).describe('next'),
  z.int().min(0).describe('end'),
]);

/** The request for a replay, as texts that mean the same at every start. */
export const ReplayRequest = z.object({
  /** An ISO time, an offset or `earliest`. */
  from: z.string(),
  /** An ISO time or an offset, itself left out; null: what was in the log at the start. */
  to: z.string().nullable(),
  subscription: z.string().nullable(),
  user: z.string().nullable(),
  /** Topic of one lane, or a source topic; null: both lanes. Earlier replays have no topic. */
  topic: z.string().nullable().default(null),
  /** null: all of them. */
  partition: z.int().min(0).nullable(),
  /** Records a second; null: as fast as the consumers take them. */
  rate: z.number().positive().nullable(),
});
export type ReplayRequest = Readonly<z.infer<typeof ReplayRequest>>;

/** A replay as the compacted topic keeps it under its id; written with the copies it counts. */
export const ReplayState = ReplayRequest.extend({
  id: z.string(),
  state: z.enum(['running', 'done', 'cancelled']),
  /**
   * Process that continues the replay after a crash: the command, when it is run again, or any
   * console.
   */
  runner: z.enum(['command', 'console']),
  /** Windows of the live lane, or of a source topic. */
  windows: z.array(Window),
  /** Windows of the bulk lane, which earlier versions did not have. */
  bulkWindows: z.array(Window).default([]),
  /** Offsets in the windows at the start. */
  offsets: z.int().min(0),
  /** Records put back into delivery. */
  copied: z.int().min(0),
  /** Records of the filter that were not, by reason. */
  skipped: z.record(z.string(), z.int().min(0)),
  /** ms since 1970. */
  startedAt: z.number(),
  /** ms since 1970; null while it runs. */
  endedAt: z.number().nullable(),
});
export type ReplayState = Readonly<z.infer<typeof ReplayState>>;

/** Understands a value of the `replays` topic; null when it is something else. */
export function parseReplayState(text: string): ReplayState | null {
  return parseJson(ReplayState, text);
}

/** Windows of one lane that are still to be read. */
export interface LaneWindows {
  readonly topic: string;
  readonly windows: ReplayState['windows'];
}

/** The lanes of a replay in the order in which they are read: the live one first. */
export function lanesOf(
  { windows, bulkWindows, topic }: Pick<ReplayState, 'windows' | 'bulkWindows' | 'topic'>,
  names: Pick<TopicNames, 'deliveries' | 'bulkDeliveries'>,
): readonly [live: LaneWindows, bulk: LaneWindows] {
  return [
    { topic: firstTopicOf(topic, names), windows },
    { topic: names.bulkDeliveries, windows: bulkWindows },
  ];
}

/**
 * The topic that a replay reads first: the live lane, or the source topic that is asked for.
 *
 * @param topic as it was asked for
 */
export function firstTopicOf(
  topic: string | null,
  { deliveries, bulkDeliveries }: Pick<TopicNames, 'deliveries' | 'bulkDeliveries'>,
): string {
  return topic === null || topic === bulkDeliveries ? deliveries : topic;
}

/** How many offsets the windows of a replay still hold. */
export function offsetsLeft({
  windows,
  bulkWindows,
}: Pick<ReplayState, 'windows' | 'bulkWindows'>): number {
  const all = [...windows, ...bulkWindows];
  return all.reduce((sum, [, next, end]) => sum + Math.max(0, end - next), 0);
}

/** How many offsets of its windows a replay has looked at. */
export function offsetsRead(replay: ReplayState): number {
  return replay.offsets - offsetsLeft(replay);
}

/** Whether two requests mean the same deliveries; the rate may differ. */
export function isSameQuestion(a: ReplayRequest, b: ReplayRequest): boolean {
  const question = ({ from, to, subscription, user, topic, partition }: ReplayRequest) =>
    JSON.stringify([from, to, subscription, user, topic, partition]);
  return question(a) === question(b);
}
