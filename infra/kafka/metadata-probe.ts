import { connect } from 'node:net';

const METADATA = 3;
const VERSION = 1;
/** Every topic would be null; no topic is an empty list. */
const NO_TOPICS = 0;
const CLIENT_ID = 'hookline-probe';

/**
 * Asks one broker for the cluster's metadata, by hand, as a client library would log and retry
 * while the broker is still starting. An open port alone proves nothing: the broker opens it
 * before it serves.
 *
 * @returns how many brokers it knows to be alive; 0 when it gives no proper answer in time
 */
export async function probeBrokers(address: string, timeoutMs: number): Promise<number> {
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
    // Size, correlation id, then the length of the list of brokers.
    return answer.length >= 12 ? Math.max(0, answer.readInt32BE(8)) : 0;
  } catch {
    // No program listens, or the answer is not Kafka's.
    return 0;
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
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
