import { pause } from '../../base/retry.ts';
import { errorOf, sendRequest } from '../client/broker-connections.ts';
import type { BrokerConnections } from '../client/broker-connections.ts';
import { GroupCoordinators } from '../client/group-coordinators.ts';
import type { Broker } from '../internal-cluster.ts';
import type { ProducerId } from './batch-sender.ts';
import { initProducerId, toProducerId } from './producer-id.ts';

interface Partition {
  readonly topic: string;
  readonly partition: number;
}

interface AddedPartitions {
  readonly errors: readonly {
    readonly partitionErrors: readonly { readonly errorCode: number }[];
  }[];
}

type ProtocolResponse<Answer> = { readonly answer: Answer; readonly errorCodes: readonly number[] };

/**
 * Error codes that pass after a moment: UNKNOWN_SERVER_ERROR, as Kafka 4.3 now and then answers the
 * commit of a producer that is just being fenced, UNKNOWN_TOPIC_OR_PARTITION for a new topic, and
 * CONCURRENT_TRANSACTIONS while the markers of the transaction before are written.
 */
const PASSING: ReadonlySet<number> = new Set([-1, 3, 51]);
/** OPERATION_NOT_ATTEMPTED, of the other partitions of a request. */
const NOT_ATTEMPTED = 55;
const PAUSE_MS_MIN = 2;
const PAUSE_MS_MAX = 100;

/** The transactions of one transactional id, at its coordinator. */
export class Transactions {
  private readonly coordinators: GroupCoordinators;
  private readonly transactionalId: string;
  private readonly timeoutMs: number;

  /** @param timeoutMs after which the broker aborts a transaction whose producer is gone */
  constructor(connections: BrokerConnections, transactionalId: string, timeoutMs: number) {
    this.coordinators = new GroupCoordinators(connections, 'transactions');
    this.transactionalId = transactionalId;
    this.timeoutMs = timeoutMs;
  }

  /** Takes the id over: the transaction of an older owner is aborted, and its writes fail. */
  async init(): Promise<ProducerId> {
    const { transactionalId, timeoutMs: transactionTimeout } = this;
    const answer = await this.ask(async (broker) => {
      const init = await initProducerId(broker, { transactionalId, transactionTimeout });
      return { answer: init, errorCodes: codes([init.errorCode]) };
    });
    return toProducerId(answer);
  }

  /** Partitions have to be added before anything is written to them. */
  async add(producer: ProducerId, partitions: readonly Partition[]): Promise<void> {
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, all]) => ({
      topic,
      partitions: all.map(({ partition }) => partition),
    }));
    await this.ask(async (broker) => {
      const args = { ...this.owner(producer), topics };
      const answer = await sendRequest<AddedPartitions>(broker, 'AddPartitionsToTxn', args);
      const all = answer.errors.flatMap(({ partitionErrors }) => partitionErrors);
      return { answer, errorCodes: codes(all.map(({ errorCode }) => errorCode)) };
    });
  }

  /**
   * Commits the transaction. The request is repeated after a failure, because a coordinator gives
   * the same answer a second time.
   */
  async commit(producer: ProducerId): Promise<void> {
    await this.ask(async (broker) => {
      const args = { ...this.owner(producer), transactionResult: true };
      const answer = await sendRequest<{ errorCode: number }>(broker, 'EndTxn', args);
      return { answer, errorCodes: codes([answer.errorCode]) };
    });
  }

  private owner({ producerId, epoch }: ProducerId) {
    const { transactionalId } = this;
    return { transactionalId, producerId: String(producerId), producerEpoch: epoch };
  }

  /** @throws the broker's error, or BrokerUnavailableError when none answers in time */
  private async ask<Answer>(
    request: (broker: Broker) => Promise<ProtocolResponse<Answer>>,
  ): Promise<Answer> {
    const { coordinators, transactionalId, timeoutMs } = this;
    const startedMs = performance.now();
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
      const { answer, errorCodes } = await coordinators.ask(transactionalId, request, timeoutMs);
      const [code] = errorCodes;
      if (code === undefined) return answer;
      const isPassing = errorCodes.every((one) => PASSING.has(one) || one === NOT_ATTEMPTED);
      if (!isPassing || performance.now() - startedMs >= timeoutMs) throw errorOf(code);
      await pause(pauseMs);
    }
  }
}

const codes = (all: readonly number[]) => all.filter((code) => code !== 0);
