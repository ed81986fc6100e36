/** A schema as a registry has it. */
export interface StoredSchema {
  readonly type: 'AVRO' | 'JSON' | 'PROTOBUF';
  readonly text: string;
  /** Schemas that it uses, each before those that use it in turn. */
  readonly references: readonly { readonly name: string; readonly text: string }[];
}

/** Makes JSON of a payload. @throws it does not fit its schema */
export type Decode = (payload: Buffer) => string;
