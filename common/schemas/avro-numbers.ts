import type * as avsc from 'avsc';
import type { Schema, Type } from 'avsc';
import { bigIntOf, decimalText } from '../base/decimal-text.ts';

export type Avro = Pick<typeof avsc, 'types' | 'Type'>;

/** A number of 64 bits with all its digits; by default avsc refuses those beyond 2^53. */
export function exactLong({ types }: Avro): Type {
  return types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value);
      return bytes;
    },
    // These four are for writing, which nobody does here.
    fromJSON: (value: number | string) => BigInt(value),
    toJSON: String,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (a: bigint, b: bigint) => Number(a > b) - Number(a < b),
  });
}

/** A decimal becomes a text such as `12.50`: as a number it would lose digits. */
export function decimalType({ types }: Avro): new (schema: Schema, options?: unknown) => Type {
  return class DecimalType extends types.LogicalType {
    private readonly scale: number;

    constructor(schema: Schema, options?: unknown) {
      super(schema, options as never);
      this.scale = (schema as { scale?: number }).scale ?? 0;
    }

    protected override _fromValue(bytes: Buffer): string {
      return decimalText(bigIntOf(bytes), this.scale);
    }

    protected override _toValue(): undefined {
      return undefined;
    }
  } as never;
}
