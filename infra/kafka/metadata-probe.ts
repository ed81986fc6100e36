import { connect } from 'node:net';

const METADATA = 3;
/** The first version that names the cluster. */
const VERSION = 2;
/** Every topic would be null; no topic is an empty list. */
const NO_TOPICS = 0;
const CLIENT_ID = 'hookline-probe';

/** What one broker says of its cluster. */
export interface ClusterAnswer {
  /** How many brokers it knows to be alive. */
  readonly brokers: number;
  readonly clusterId: string | null;
}

/**
 * Asks one broker for the cluster's metadata, by hand, as a client library would log and retry
 * while the broker is still starting. An open port alone proves nothing: the broker opens it
 * before it serves, and it may be somebody else's.
 *
 * @returns null when it gives no proper answer in time
 */
export async function probeCluster(
  address: string,
  timeoutMs: number,
): Promise<ClusterAnswer | null> {
  const [host, port] = splitAddress(address);
  const socket = connect({ host, port, signal: AbortSignal.timeout(timeoutMs) });
  try {
    socket.write(metadataRequest());
    let answer = Buffer.alloc(0);
    // A proxy before the broker takes the connection and closes it: that ends the loop too.
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) break;
    }
    return readAnswer(answer);
  } catch {
    // Nobody listens, or what answers is no Kafka.
    return null;
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

/** How many brokers one of them knows to be alive; 0 when it gives no proper answer in time. */
export async function probeBrokers(address: string, timeoutMs: number): Promise<number> {
  return (await probeCluster(address, timeoutMs))?.brokers ?? 0;
}

/** @throws RangeError the answer ends too early */
function readAnswer(answer: Buffer): ClusterAnswer {
  // After the size and the correlation id; this version has no throttle time.
  let at = 8;
  const brokers = answer.readInt32BE(at);
  at += 4;
  const text = (): string | null => {
    const length = answer.readInt16BE(at);
    at += 2 + Math.max(0, length);
    return length < 0 ? null : answer.toString('utf8', at - length, at);
  };
  for (let left = brokers; left > 0; left -= 1) {
    at += 4; // node id
    text(); // host
    at += 4; // port
    text(); // rack
  }
  return { brokers: Math.max(0, brokers), clusterId: text() };
}

/** Splits `host:port`, with or without brackets around an IPv6 host. */
function splitAddress(address: string): [host: string, port: number] {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon).replace(/^\[|\]$/g, ''), Number(address.slice(colon + 1))];
}

function metadataRequest(): Buffer {
  const clientId = Buffer.from(CLIENT_ID);
  const body = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length + 4);
  let at = body.writeInt32BE(body.length - 4);
  at = body.writeInt16BE(METADATA, at);
  at = body.writeInt16BE(VERSION, at);
  at = body.writeInt32BE(1, at);
  at = body.writeInt16BE(clientId.length, at);
  at += clientId.copy(body, at);
  body.writeInt32BE(NO_TOPICS, at);
  return body;
}
