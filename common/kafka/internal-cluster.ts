import type { Kafka } from 'kafkajs';
import { invariant } from '../base/errors.ts';

/** kafkajs' own name of what its clients get their connection from. */
const CREATE_CLUSTER = 'private:Kafka:createCluster';

type CreateCluster = (options: object) => Cluster;

/** The part of kafkajs' connections to a cluster that we use ourselves. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  readonly rootLogger: unknown;
  readonly brokerPool: {
    findConnectedBroker(): Promise<Broker>;
    createBroker(options: { connectionPool: ConnectionPool; logger: unknown }): Broker;
  };
  readonly connectionPoolBuilder: {
    /**
     * Builds a connection pool for an address; by default for the next one of the configured
     * brokers.
     */
    build(address?: BrokerAddress): Promise<ConnectionPool>;
  };
}

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export interface Connection {
  /** Absent before it is opened. */
  readonly socket?: { destroy(): void };
  isConnected(): boolean;
  /** Fails what is waited for. */
  rejectRequests(error: Error): void;
  /** Waits for requests under way. */
  disconnect(): Promise<unknown>;
}

export interface ConnectionPool extends BrokerAddress {
  readonly pool: readonly Connection[];
  send<Decoded>(protocol: Protocol<Decoded>): Promise<Decoded>;
  getConnection(index?: number): Promise<unknown>;
  getConnectionByRequest(protocol: unknown): Promise<unknown>;
}

/** A request, and how its answer is read. */
export interface Protocol<Decoded> {
  readonly request: object;
  readonly response: {
    decode(answer: Buffer): Promise<Decoded>;
    /** Throws for an error code in the answer. */
    parse(decoded: Decoded): Promise<Decoded>;
  };
}

/** kafkajs' way to one broker. */
export interface Broker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null;
  readonly connectionPool: ConnectionPool;
  /** Finds the version of a request that both sides know. */
  readonly lookupRequest: (
    apiKey: number,
    definition: unknown,
  ) => (args: object) => Protocol<unknown>;
  /** True while it is connected and, where that is asked for, authenticated. */
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** Connections of our own to the client's brokers. Nothing is opened until `connect`. */
export function createCluster(client: Kafka, options: object): Cluster {
  return clusterMaker(client).create(options);
}

/** A client like the given one whose connections are made with further options. */
export function withClusterOptions(client: Kafka, further: object): Kafka {
  const { symbol, create } = clusterMaker(client);
  const value = (options: object) => create({ ...options, ...further });
  return Object.create(client, { [symbol]: { value } }) as Kafka;
}

function clusterMaker(client: Kafka): { symbol: symbol; create: CreateCluster } {
  const own = Object.getOwnPropertySymbols(client);
  const symbol = own.find(({ description }) => description === CREATE_CLUSTER);
  invariant(symbol, 'kafkajs has another inside than 2.2.4');
  const create = (client as unknown as Record<symbol, CreateCluster>)[symbol] as CreateCluster;
  return { symbol, create };
}
