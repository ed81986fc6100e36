import { isAdmitting } from '../../common/model/admission.ts';
import type { HeldBack } from './summary.ts';

interface Counted {
  /** Topics whose records hold back the API. */
  readonly live: readonly string[];
  /** Those that hold back files. */
  readonly all: readonly string[];
}

/**
 * Says what the gates of the producers do about `MAX_LAG`, from the same lags by the same rule.
 * They open again well below the limit only, so that what was seen before counts.
 */
export class IngestGates {
  private readonly lagMax: number;
  private readonly counted: Counted;
  private readonly isOpen = { live: true, all: true };

  constructor(lagMax: number, counted: Counted) {
    this.lagMax = lagMax;
    this.counted = counted;
  }

  look(topics: readonly { readonly topic: string; readonly lag: number }[]): HeldBack {
    const held = (gate: keyof Counted) => {
      const names = this.counted[gate];
      const lag = topics.reduce((sum, one) => sum + (names.includes(one.topic) ? one.lag : 0), 0);
      this.isOpen[gate] = isAdmitting(this.isOpen[gate], lag, this.lagMax);
      return this.isOpen[gate] ? null : lag;
    };
    return { api: held('live'), files: held('all') };
  }
}
