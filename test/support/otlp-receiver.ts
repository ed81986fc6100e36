import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { listening } from './listening.ts';

/** A span as a collector gets it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: the span begins the trace. */
  readonly parentId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly isError: boolean;
  /** Since 1970, ms. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** A collector of traces: OTLP over HTTP, in protobuf. */
export async function startOtlpReceiver(t: TestContext) {
  const spans: ReceivedSpan[] = [];
  const server = createServer((request, response) => {
    void bytesOf(request).then((bytes) => {
      spans.push(...spansOf(bytes));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  const port = await listening(t, server);
  return { url: `http://127.0.0.1:${port}`, spans };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks = await request.toArray();
  const bytes = Buffer.concat(chunks as Buffer[]);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
}

/** The field numbers are those of opentelemetry/proto/trace/v1/trace.proto. */
function spansOf(request: Buffer): ReceivedSpan[] {
  return messages(request, 1).flatMap((resourceSpans) => {
    const [resource = Buffer.alloc(0)] = messages(resourceSpans, 1);
    const service = String(attributesOf(resource, 1)['service.name']);
    const scopes = messages(resourceSpans, 2);
    return scopes.flatMap((scope) => messages(scope, 2)).map((span) => spanOf(span, service));
  });
}

function spanOf(span: Buffer, service: string): ReceivedSpan {
  const [status = Buffer.alloc(0)] = messages(span, 15);
  const at = (field: number) => Number(fieldsOf(span).find((one) => one.field === field)?.value);
  return {
    service,
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    parentId: hex(span, 4),
    name: String(messages(span, 5)[0]),
    attributes: attributesOf(span, 9),
    isError: fieldsOf(status).some(({ field, value }) => field === 3 && Number(value) === 2),
    startedAtMs: at(7) / 1e6,
    endedAtMs: at(8) / 1e6,
  };
}

const hex = (message: Buffer, field: number) => messages(message, field)[0]?.toString('hex') ?? '';

/** Texts and whole numbers, which are all that we send. */
function attributesOf(message: Buffer, field: number): Record<string, string | number> {
  const pairs = messages(message, field).map((pair) => {
    const [value] = fieldsOf(messages(pair, 2)[0] ?? Buffer.alloc(0));
    const read = Buffer.isBuffer(value?.value) ? value.value.toString() : Number(value?.value);
    return [String(messages(pair, 1)[0]), read] as const;
  });
  return Object.fromEntries(pairs);
}

function messages(message: Buffer, field: number): Buffer[] {
  return fieldsOf(message)
    .filter((one) => one.field === field)
    .map(({ value }) => value as Buffer);
}

interface Field {
  readonly field: number;
  readonly value: Buffer | bigint;
}

/** @see the encoding of protobuf: varints (0), 64 bits (1), bytes with a length (2), 32 bits (5) */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const field = tag >> 3;
    const wire = tag & 7;
    if (wire === 0) fields.push({ field, value: varint() });
    else if (wire === 1) fields.push({ field, value: message.readBigUInt64LE((at += 8) - 8) });
    else if (wire === 5) fields.push({ field, value: BigInt(message.readUInt32LE((at += 4) - 4)) });
    else {
      const length = Number(varint());
      fields.push({ field, value: message.subarray(at, (at += length)) });
    }
  }
  return fields;
}
