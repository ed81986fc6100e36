import type { Schema } from 'avsc';
import { exactLong, decimalType } from './avro-numbers.ts';
import type { Avro } from './avro-numbers.ts';
import { jsonText } from './json-text.ts';
import type { Decode, StoredSchema } from './schema.ts';

/** Items of all lists and maps of one value; a few bytes may claim any number of them. */
const ITEMS_MAX = 5_000_000;

/** A value that is being read; avsc goes on behind its end, and says so only at last. */
interface Tap {
  readonly buf: Buffer;
  readonly pos: number;
  readLong(): number;
  skipLong(): void;
  readString(): string;
}

/** The types of avsc as their own code sees them; its declarations leave out how they read. */
interface Readable {
  _read(tap: Tap): unknown;
}
type Extensible<Members = object> = new (schema: unknown, options: unknown) => Readable & Members;

/**
 * Makes a decoder of an Avro schema. The value of a union stands in JSON as it is, without the name
 * of its type.
 *
 * @throws the schema cannot be understood
 */
export async function avroDecoder({ text, references }: StoredSchema): Promise<Decode> {
  const { default: avro } = await import('avsc');
  const long = exactLong(avro);
  const budget: Budget = { itemsLeft: 0 };
  const guarded = guardedTypes(avro, budget);
  const options = {
    // Names that one schema has made are known to those after it.
    registry: {},
    logicalTypes: { decimal: decimalType(avro) },
    typeHook(schema: unknown, given: unknown) {
      if (isOf('long', schema)) return long;
      if (Array.isArray(schema)) return new guarded.Union(schema, given);
      if (isOf('array', schema)) return new guarded.List(schema, given);
      return isOf('map', schema) ? new guarded.Members(schema, given) : undefined;
    },
  };
  const parse = (schema: string) =>
    avro.Type.forSchema(JSON.parse(schema, withoutDefault) as Schema, options as never);
  for (const reference of references) parse(reference.text);
  const type = parse(text);
  return (payload) => {
    budget.itemsLeft = ITEMS_MAX;
    return jsonText(type.fromBuffer(payload));
  };
}

/** A value has all its fields; avsc would check defaults, more strictly than other libraries. */
function withoutDefault(key: string, value: unknown): unknown {
  return key === 'default' ? undefined : value;
}

/** By its name, or by an object, which may have a logical type: a time stays a number. */
function isOf(name: string, schema: unknown): boolean {
  return schema === name || (schema as { type?: unknown } | null)?.type === name;
}

interface Budget {
  itemsLeft: number;
}

/** Makes those types that avsc would read for as long as a value says, or with their own names. */
function guardedTypes({ types }: Avro, budget: Budget) {
  const base = types as unknown as {
    readonly WrappedUnionType: Extensible;
    readonly ArrayType: Extensible<{ readonly itemsType: Readable }>;
    readonly MapType: Extensible<{ readonly valuesType: Readable }>;
  };
  return {
    Union: class extends base.WrappedUnionType {
      override _read(tap: Tap): unknown {
        const branch = super._read(tap) as { unwrap(): unknown } | null;
        return branch === null ? null : branch.unwrap();
      }
    },
    List: class extends base.ArrayType {
      override _read(tap: Tap): unknown {
        const items: unknown[] = [];
        eachItem(tap, budget, () => items.push(this.itemsType._read(tap)));
        return items;
      }
    },
    Members: class extends base.MapType {
      override _read(tap: Tap): unknown {
        // With a prototype a key such as `__proto__` would be lost.
        const members = Object.create(null) as Record<string, unknown>;
        eachItem(tap, budget, () => {
          const key = tap.readString();
          members[key] = this.valuesType._read(tap);
        });
        return members;
      }
    },
  };
}

/** Reads blocks of items, each after its count; below zero, the size of the block follows. */
function eachItem(tap: Tap, budget: Budget, read: () => void): void {
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    if (count < 0) tap.skipLong();
    for (let left = Math.abs(count); left > 0; left -= 1) {
      budget.itemsLeft -= 1;
      if (budget.itemsLeft < 0) throw new Error(`it has more than ${ITEMS_MAX} items`);
      read();
      if (tap.pos > tap.buf.length) throw new Error('truncated buffer');
    }
  }
}
