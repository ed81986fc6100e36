import type { Kafka } from 'kafkajs';
import { invariant } from '../errors.ts';

/** kafkajs' own name of what its clients get their connection from. */
const CREATE_CLUSTER = 'private:Kafka:createCluster';

type CreateCluster = (options: object) => Cluster;

/** What of kafkajs' connections to a cluster we use ourselves. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> };
}

interface Broker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null;
  readonly connectionPool: {
    send<Decoded>(protocol: {
      readonly request: object;
      readonly response: {
        decode(answer: Buffer): Promise<Decoded>;
        parse(decoded: Decoded): Promise<Decoded>;
      };
    }): Promise<Decoded>;
  };
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
