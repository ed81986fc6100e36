import { ByteWriter, lengthOf } from './decide/byte-writer.ts';
import { encoded, replaceInternalModule } from './internals.ts';
import type { Encoded } from './internals.ts';

interface Envelope {
  readonly correlationId: number;
  readonly clientId: string;
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly encode: () => Promise<Encoded>;
  };
}

/**
 * kafkajs 2.2.4 copies each request twice into buffers that grow by doubling. Here its head and its
 * body are put into one of the right size.
 */
function patchRequestEnvelope(): void {
  replaceInternalModule('protocol/request', 'network/connection', envelope);
}

async function envelope({ correlationId, clientId, request }: Envelope): Promise<Encoded> {
  const { buffer } = await request.encode();
  const size = 2 + 2 + 4 + 2 + lengthOf(clientId) + buffer.length;
  const writer = new ByteWriter(4 + size);
  writer.int32(size).int16(request.apiKey).int16(request.apiVersion).int32(correlationId);
  writer.string(clientId).raw(buffer);
  return encoded(writer.whole());
}

patchRequestEnvelope();
