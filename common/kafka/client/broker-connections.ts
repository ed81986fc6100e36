import type { Kafka } from 'kafkajs';
import { BrokerUnavailableError, invariant, messageOf } from '../../base/errors.ts';
import { isConnectionFailure } from '../error-type.ts';
import type { KafkaConnection } from './connection.ts';
import { createCluster } from '../internal-cluster.ts';
import type { Broker, BrokerAddress, Cluster } from '../internal-cluster.ts';
import { internalModule } from '../internals.ts';

interface Requests {
  readonly requests: Readonly<Record<string, unknown>>;
}

interface Entry {
  readonly address: BrokerAddress;
  readonly opening: Promise<Broker>;
  /** The opened connection; null while it is being opened. */
  broker: Broker | null;
}

/**
 * Our own connections to the brokers of a cluster, made by kafkajs, one for each address and lane.
 *
 * kafkajs' own pool has two connections to each broker and chooses between them itself. Here the
 * caller says by the lane what must not wait behind what. A connection that has failed is never
 * opened again, but replaced, so what still comes of it can be nobody's answer.
 */
export class BrokerConnections {
  private readonly cluster: Cluster;
  /** Connections by address and lane. */
  private readonly entries = new Map<string, Entry>();
  private isClosed = false;

  constructor({ client }: KafkaConnection) {
    this.cluster = createCluster(client as Kafka, {});
    const { brokerPool, connectionPoolBuilder } = this.cluster;
    const parts = [brokerPool.createBroker, connectionPoolBuilder.build];
    const isKnown = parts.every((part) => typeof part === 'function');
    invariant(isKnown, 'kafkajs has another inside than 2.2.4');
  }

  /**
   * The broker at an address.
   *
   * @param lane the broker handles the requests on one connection one after the other
   * @throws a failure of the connection, as in `isConnectionFailure`
   */
  async at({ host, port }: BrokerAddress, lane = 0): Promise<Broker> {
    const broker = await this.opened({ host, port }, lane);
    if (broker.isConnected()) return broker;
    this.drop(broker);
    return this.opened({ host, port }, lane);
  }

  /** Any broker that can be reached: one known already, else one of those configured. */
  async any(): Promise<Broker> {
    for (const { address } of [...this.entries.values()]) {
      const broker = await this.at(address).catch(() => null);
      if (broker) return broker;
    }
    // Each call takes the next one of those that are configured.
    return this.at(await this.cluster.connectionPoolBuilder.build());
  }

  /** Does work with a broker, and gives its connection up when that fails or does not answer. */
  async with<Result>(broker: Broker, work: (broker: Broker) => Promise<Result>): Promise<Result> {
    try {
      return await work(broker);
    } catch (error) {
      if (isConnectionFailure(error)) this.drop(broker);
      throw error;
    }
  }

  /** Ends what is under way with a broker at once, and its connection with it. */
  abandon(broker: Broker): void {
    for (const connection of broker.connectionPool.pool) {
      connection.rejectRequests(new BrokerUnavailableError('the request was given up'));
      connection.socket?.destroy();
    }
    this.drop(broker);
  }

  /** The next request opens another connection. */
  private drop(broker: Broker): void {
    for (const [name, entry] of this.entries) {
      if (entry.broker === broker) this.entries.delete(name);
    }
    void disconnect(broker);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const entries = [...this.entries.values()];
    this.entries.clear();
    await Promise.all(entries.map(({ opening }) => opening.then(disconnect, () => {})));
  }

  private opened(address: BrokerAddress, lane: number): Promise<Broker> {
    if (this.isClosed) throw new BrokerUnavailableError('the connections have been closed');
    const name = `${address.host}:${address.port}#${lane}`;
    const known = this.entries.get(name);
    if (known) return known.opening;
    const entry: Entry = { address, opening: this.connect(address), broker: null };
    this.entries.set(name, entry);
    entry.opening.then(
      (broker) => (entry.broker = broker),
      () => this.entries.get(name) === entry && this.entries.delete(name),
    );
    return entry.opening;
  }

  private async connect(address: BrokerAddress): Promise<Broker> {
    const { cluster } = this;
    const connectionPool = await cluster.connectionPoolBuilder.build(address);
    const broker = cluster.brokerPool.createBroker({ connectionPool, logger: cluster.rootLogger });
    try {
      await broker.connect();
      const connection = await connectionPool.getConnection();
      // Otherwise each request that finds the connection closed would open it again, and a fetch
      // would open a second one.
      connectionPool.getConnectionByRequest = () => Promise.resolve(connection);
      return broker;
    } catch (error) {
      void disconnect(broker);
      throw error;
    }
  }
}

/** Waits for requests under way; what fails then has failed for its sender. */
const disconnect = (broker: Broker) => broker.disconnect().catch(() => {});

/**
 * Sends one of kafkajs' requests. Error codes within the answer are left to the caller: kafkajs
 * would throw the first of them and lose the rest of the answer.
 *
 * @param name as in kafkajs' `protocol/requests`
 */
export async function sendRequest<Answer>(
  broker: Broker,
  name: string,
  args: object,
): Promise<Answer> {
  const apiKeys = internalModule<Readonly<Record<string, number>>>('protocol/requests/apiKeys');
  const { requests } = internalModule<Requests>('protocol/requests');
  const apiKey = apiKeys[name];
  invariant(apiKey !== undefined && requests[name], `kafkajs knows no request ${name}`);
  const { request, response } = broker.lookupRequest(apiKey, requests[name])(args);
  const asItIs = { decode: response.decode, parse: (decoded: unknown) => Promise.resolve(decoded) };
  return (await broker.connectionPool.send({ request, response: asItIs })) as Answer;
}

interface ErrorCodes {
  createErrorFromCode(code: number): Error & { readonly type: string };
}

/** The error that kafkajs makes of a code other than 0. */
export function errorOf(code: number): Error & { readonly type: string } {
  return internalModule<ErrorCodes>('protocol/error').createErrorFromCode(code);
}

/**
 * Returns kafkajs' error for an error code of a broker.
 * @param where place of the error, which the message begins with
 */
export function kafkaError(code: number, where: string): Error & { readonly type: string } {
  const error = errorOf(code);
  error.message = `${where}: ${error.message}`;
  return error;
}

/** Kafka's name of an error code other than 0. */
export function errorNameOf(code: number): string {
  const { type } = errorOf(code);
  return type === 'KAFKAJS_UNKNOWN_ERROR_CODE' ? `error ${code}` : type;
}

/**
 * Does work whose failures in kafkajs are those of a broker.
 *
 * @param what fails then, in words
 * @throws BrokerUnavailableError in place of what kafkajs throws; all else stays as it is
 */
export async function orUnavailable<Result>(
  what: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isOfKafkajs(error)) throw error;
    throw new BrokerUnavailableError(`${what}: ${messageOf(error)}`, error);
  }
}

export function isOfKafkajs(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS');
}
