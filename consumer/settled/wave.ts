/** Offsets by topic, of one partition number. */
export type Offsets = ReadonlyMap<string, number>;

/**
 * A look for what an endpoint still has to get of a part of its lanes. By the time the lane has
 * been left, failed deliveries lie in the retry topics. Once all is done that was in these then,
 * each delivery that is still open has gone on to its next attempt. After as many such passes as
 * there are retries, none is left.
 */
export interface Wave {
  /** Where the lanes were left: the look is for what lies before, by lane. */
  readonly to: Offsets;
  readonly passesDone: number;
  /** Ends of the retry topics that this pass waits for; null: not measured yet. */
  readonly ends: Offsets | null;
}

/** State of a partition number at one moment. */
export interface Seen {
  /**
   * How far everything of the endpoint is done and known to be by Kafka, by topic. Read before
   * `ends`, so that what had left a retry topic by then is in the end of its next one.
   */
  readonly done: Offsets;
  /** Ends of the retry topics. */
  readonly ends: Offsets;
}

/**
 * Goes on with a look as far as can be seen by now.
 *
 * @param passes how many there have to be
 *
 * @returns null: nothing before `to` can come again, copies apart
 */
export function advance(wave: Wave, passes: number, { done, ends: now }: Seen): Wave | null {
  const isPassed = (ends: Offsets) => [...ends].every(([topic, end]) => isDone(done, topic, end));
  let { passesDone } = wave;
  if (wave.ends && !isPassed(wave.ends)) return wave;
  if (wave.ends) passesDone += 1;
  // Where nothing at all is left, there is nothing that could go on.
  if (passesDone >= passes || isPassed(now)) return null;
  return { ...wave, passesDone, ends: now };
}

function isDone(done: Offsets, topic: string, end: number): boolean {
  return (done.get(topic) ?? 0) >= end;
}
