import { internalModule } from '../internals.ts';

/**
 * The part of kafkajs' connection to a broker that we use for requests that we encode ourselves.
 */
export interface Connection {
  readonly broker: string;
  readonly clientId: string;
  readonly socket: { write(bytes: Buffer): unknown };
  readonly requestQueue: {
    push(request: {
      readonly entry: object;
      readonly expectResponse: boolean;
      readonly requestTimeout: number | null;
      readonly sendRequest: () => void;
    }): void;
    maybeThrottle(milliseconds: number): void;
  };
  isConnected(): boolean;
  nextCorrelationId(): number;
}

export interface Frame {
  readonly apiName: string;
  readonly apiKey: number;
  readonly apiVersion: number;
  /** The whole request, with its size before it. */
  readonly encode: (correlationId: number, clientId: string) => Buffer;
  /** Called just before the request is written: from then on the broker may have it. */
  readonly onSending: () => void;
}

interface Errors {
  readonly KafkaJSConnectionError: new (message: string, details: object) => Error;
}

/**
 * Sends a request that is already encoded over one of kafkajs' connections, which matches the
 * answer, watches over the time, and fails what is under way when the connection ends. kafkajs' own
 * way copies each request twice into buffers that grow, for a handful of promises and log entries.
 *
 * @returns the answer, from behind its correlation id on
 * @throws a failure of the connection, as in `isConnectionFailure`
 */
export async function exchange(connection: Connection, frame: Frame): Promise<Buffer> {
  const { broker, clientId, socket, requestQueue } = connection;
  if (!connection.isConnected()) {
    const { KafkaJSConnectionError } = internalModule<Errors>('errors');
    throw new KafkaJSConnectionError('Not connected', { broker });
  }
  const { apiName, apiKey, apiVersion, onSending } = frame;
  const correlationId = connection.nextCorrelationId();
  const bytes = frame.encode(correlationId, clientId);
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly payload: Buffer }>();
  requestQueue.push({
    entry: { apiKey, apiName, apiVersion, correlationId, resolve, reject },
    expectResponse: true,
    requestTimeout: null,
    sendRequest: () => {
      onSending();
      socket.write(bytes);
    },
  });
  return (await promise).payload;
}
