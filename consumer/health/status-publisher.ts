import { messageOf } from '../../common/base/errors.ts';
import type { Alarm, ConsumerState } from '../../common/model/consumer-state.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { Publisher } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';

interface Deps {
  readonly publisher: Publisher;
  readonly topic: string;
  readonly partitions: number;
  readonly clientId: string;
  readonly logger: Logger;
}

const DEADLINE_MS = 5_000;
/** The state is one record, whose size the broker limits. */
const ENDPOINTS_PUBLISHED = 100;

/** Tells the consoles how this consumer is, whenever that changes, and people by the log. */
export class StatusPublisher {
  private readonly deps: Deps;
  private told = '';
  private raised: readonly Alarm[] = [];
  private isWriting = false;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  tell(state: Omit<ConsumerState, 'clientId'>): void {
    this.log(state.alarms);
    const endpoints = state.endpoints.slice(0, ENDPOINTS_PUBLISHED);
    const value = JSON.stringify({ clientId: this.deps.clientId, ...state, endpoints });
    if (value === this.told || this.isWriting) return;
    this.told = value;
    this.isWriting = true;
    this.write(value)
      .catch((error: unknown) => {
        // Said again with the next change, or by the next second if it was this.
        this.told = '';
        this.deps.logger.debug({ err: messageOf(error) }, 'state.not-written');
      })
      .finally(() => (this.isWriting = false));
  }

  /** Publishes the final status at shutdown. */
  async close(): Promise<void> {
    await this.write(null).catch(() => {});
  }

  private log(alarms: readonly Alarm[]): void {
    const before = new Set(this.raised.map(({ kind }) => kind));
    const now = new Set(alarms.map(({ kind }) => kind));
    for (const { kind, detail } of alarms) {
      if (!before.has(kind)) this.deps.logger.error({ kind, detail }, 'alarm.raised');
    }
    for (const kind of before) if (!now.has(kind)) this.deps.logger.info({ kind }, 'alarm.ended');
    this.raised = alarms;
  }

  private write(value: string | null): Promise<void> {
    const { publisher, topic, partitions, clientId: key } = this.deps;
    const partition = partitionOf(key, partitions);
    return publisher.publish({ topic, partition, key, value, headers: {} }, DEADLINE_MS);
  }
}
