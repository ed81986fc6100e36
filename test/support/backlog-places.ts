// The places that the attempts of the model in backlog-model.ts name.
import { createLogger } from '../../common/base/logger.ts';
import type { Delivery } from '../../common/model/delivery.ts';
import type { PartitionState } from '../../consumer/partition/partition-state.ts';
import type { Held } from '../../consumer/partition/home.ts';
import { SettledPositions } from '../../consumer/settled/settled-positions.ts';
import type { Wanted } from './backlog-log.ts';

/** A delivery of the model. */
export interface ModelHeld extends Held {
  readonly wanted: Wanted;
  attempt: number;
  readonly delivery: Pick<Delivery, 'record'>;
}

const logger = createLogger('test', 'silent');

/** Makes what an owner of the partition knows of it; there are no retry topics. */
export function settledOf(root: PartitionState): SettledPositions {
  return new SettledPositions({
    ...{
      partitions: () => new Map([['t/0', root]]),
      retryPrefix: 'retry',
      lanes: ['t'],
      retries: 0,
      logger,
    },
    ...{ retryTopics: () => Promise.resolve([]), boundsOf: () => Promise.resolve(new Map()) },
    endpoints: { find: () => null },
  });
}

/** The bounds that attempts have named. They outlive the owners of the partition. */
export class ModelPlaces {
  private readonly settledTo = new Map<string, number>();

  /** The farthest one: it would be useless were none ever named. */
  get most(): number {
    return Math.max(0, ...this.settledTo.values());
  }

  /**
   * An attempt begins.
   *
   * @param all  deliveries that are under way, this one included
   * @returns what it gets wrong: something comes again, or is under way, that was called settled
   */
  begun(settled: SettledPositions, one: ModelHeld, all: readonly ModelHeld[]): readonly string[] {
    const { home, tracked, wanted } = one;
    const delivery = one.delivery as Delivery;
    const place = settled.placeOf({ home, tracked, delivery });
    if (!place) return [`${wanted.name} has no place`];
    const before = this.settledTo.get(place.lane) ?? 0;
    this.settledTo.set(place.lane, Math.max(before, place.settled));
    const faults = place.offset < before ? [`${wanted.name} comes again, below ${before}`] : [];
    const below = all.filter(({ wanted: { endpoint, offset } }) => {
      return endpoint === wanted.endpoint && offset < place.settled;
    });
    return [...faults, ...below.map((other) => `${other.wanted.name} is below ${place.settled}`)];
  }
}
