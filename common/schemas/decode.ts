import { isUtf8 } from 'node:buffer';
import { isJson } from '../base/parse-json.ts';
import { avroDecoder } from './avro.ts';
import { protobufDecoder } from './protobuf.ts';
import type { Decode, StoredSchema } from './schema.ts';

/** @throws the schema cannot be understood */
export async function decoderOf(schema: StoredSchema): Promise<Decode> {
  switch (schema.type) {
    case 'AVRO':
      return avroDecoder(schema);
    case 'PROTOBUF':
      return protobufDecoder(schema);
    case 'JSON':
      return jsonPayload;
  }
}

/** It is JSON already, and is sent as it was written: whoever wrote it has checked it. */
function jsonPayload(payload: Buffer): string {
  const text = payload.toString();
  if (!isUtf8(payload) || !isJson(text)) throw new Error('it is no JSON');
  return text;
}
