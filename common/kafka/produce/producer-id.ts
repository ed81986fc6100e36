import { errorOf, sendRequest } from '../client/broker-connections.ts';
import type { BrokerConnections } from '../client/broker-connections.ts';
import type { Broker } from '../internal-cluster.ts';
import type { ProducerId } from './batch-sender.ts';

interface InitProducerIdAnswer {
  readonly errorCode: number;
  /** 64 bits, as a decimal number. */
  readonly producerId: string;
  readonly producerEpoch: number;
}

/** @throws a failure of the connection, or the broker's error */
export async function requestProducerId(connections: BrokerConnections): Promise<ProducerId> {
  const broker = await connections.any();
  const answer = await connections.with(broker, (one) => initProducerId(one, {}));
  if (answer.errorCode !== 0) throw errorOf(answer.errorCode);
  return toProducerId(answer);
}

/** Requests a producer id. Without a transactional id every call gives a new one. */
export function initProducerId(
  broker: Broker,
  of: { readonly transactionalId?: string; readonly transactionTimeout?: number },
): Promise<InitProducerIdAnswer> {
  const { transactionalId = null, transactionTimeout = 0 } = of;
  return sendRequest(broker, 'InitProducerId', { transactionalId, transactionTimeout });
}

export function toProducerId(answer: InitProducerIdAnswer): ProducerId {
  return { producerId: BigInt(answer.producerId), epoch: answer.producerEpoch };
}
