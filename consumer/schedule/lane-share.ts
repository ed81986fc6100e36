import { DLQ_HEADER } from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';

/** The one of the two topics of first attempts by which a delivery came. */
export type LogLane = 'live' | 'bulk';

/** Starts of the live lane for each start of the bulk lane, while both wait. */
const LIVE_PER_BULK = 4;
/** Share of each limit that the bulk lane leaves free while live deliveries come. */
const KEPT_FOR_LIVE = 1 / 8;
/** Live deliveries come now and then; a file alone gets all again after so long without one. */
const LIVE_RECENT_MS = 60_000;

/** The lane of a record: a retry keeps that of its first attempt. */
export function laneOf({ topic, headers }: LogRecord, bulkTopic: string): LogLane {
  return (headers[DLQ_HEADER.topic] ?? topic) === bulkTopic ? 'bulk' : 'live';
}

/**
 * Divides what is scarce between the lanes: the live lane goes first, and the bulk lane keeps a
 * share, so that it never starves.
 */
export class LaneShare {
  private liveSinceBulk = 0;
  private liveSeenAtMs = -Infinity;

  /** A live delivery has come. */
  sawLive(nowMs: number): void {
    this.liveSeenAtMs = nowMs;
  }

  /** The lane that goes next, where both have something to start. */
  get next(): LogLane {
    return this.liveSinceBulk >= LIVE_PER_BULK ? 'bulk' : 'live';
  }

  /** @param didOtherWait whether the other lane had something to start, too */
  started(lane: LogLane, didOtherWait: boolean): void {
    if (lane === 'bulk') this.liveSinceBulk = 0;
    else if (didOtherWait) this.liveSinceBulk += 1;
  }

  /**
   * Returns how many of some places the bulk lane may have, so that a live delivery finds one.
   * Where there are few places, the bulk lane may have all: one place would be too large a part of
   * a file's speed.
   */
  bulkPart(places: number, nowMs: number): number {
    if (nowMs - this.liveSeenAtMs > LIVE_RECENT_MS) return places;
    return places - Math.floor(places * KEPT_FOR_LIVE);
  }
}
