const MAGIC_BYTE = 0;
const ID_AT = 1;
const PAYLOAD_AT = 5;

/** A value of a topic that names its schema: a zero byte, the schema's id in four, the payload. */
export interface Framed {
  readonly schemaId: number;
  readonly payload: Buffer;
}

/**
 * Reads the frame that the serializers of Confluent, Apicurio and Karapace put before a value.
 *
 * @returns null: the value has none; no text begins with a zero byte, and no schema has the id 0,
 *          which a number of eight bytes seems to have; `broken`: it is cut off
 * @see https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/
 */
export function framed(value: Buffer | null): Framed | 'broken' | null {
  if (value === null || value[0] !== MAGIC_BYTE) return null;
  if (value.length < PAYLOAD_AT) return 'broken';
  const schemaId = value.readUInt32BE(ID_AT);
  return schemaId === 0 ? null : { schemaId, payload: value.subarray(PAYLOAD_AT) };
}
