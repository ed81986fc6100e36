import type { IConversionOptions, Message, NamespaceBase, Root, Type } from 'protobufjs';
import type { Protobuf } from './protobuf-well-known.ts';
import type { Decode, StoredSchema } from './schema.ts';
import { addWellKnown } from './protobuf-well-known.ts';

/** As JSON has it in every language: 64 bits and bytes are texts, an enum is its name. */
const AS_JSON: IConversionOptions = { longs: String, enums: String, bytes: String, json: true };

/**
 * Makes a decoder of a Protobuf schema. The JSON is that of Protobuf's own mapping: names in camel
 * case, a time in RFC 3339, a wrapped value as it is.
 *
 * @throws the schema cannot be understood
 * @see https://protobuf.dev/programming-guides/json/
 */
export async function protobufDecoder({ text, references }: StoredSchema): Promise<Decode> {
  const { default: protobuf } = await import('protobufjs');
  addWellKnown(protobuf);
  const root = new protobuf.Root();
  const { package: name } = protobuf.parse(text, root);
  const home = name ? root.lookup(name) : root;
  // Before others add theirs: a message is named by its place in its own file.
  const messages = messagesOf(protobuf, home as NamespaceBase);
  addImports(protobuf, root, references);
  root.resolveAll();
  return (payload) => {
    const { path, at } = messagePath(payload);
    const type = messageAt(protobuf, messages, path);
    const message: Message = type.decode(payload.subarray(at));
    return JSON.stringify(type.toObject(message, AS_JSON));
  };
}

function addImports(protobuf: Protobuf, root: Root, references: StoredSchema['references']): void {
  for (const reference of references) protobuf.parse(reference.text, root);
  // Those that come with every compiler are in no registry.
  for (const [name, known] of Object.entries(protobuf.common)) {
    const nested = (known as { nested?: object }).nested;
    const isThere = references.some((reference) => reference.name === name);
    if (name.endsWith('.proto') && nested && !isThere) root.addJSON(nested as never);
  }
}

function messagesOf({ Type }: Protobuf, home: NamespaceBase): readonly Type[] {
  return home.nestedArray.filter((one): one is Type => one instanceof Type);
}

/**
 * Reads which message of its file a payload holds: places in the file, and in each message on the
 * way, as signed varints after their number. A single 0 is short for the first of the file.
 */
function messagePath(payload: Buffer): { readonly path: readonly number[]; readonly at: number } {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 7) {
      const byte = payload[at];
      if (byte === undefined) break;
      at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw new Error('it is cut off where it names its message');
  };
  const count = next();
  if (count === 0) return { path: [0], at };
  if (count < 0 || count > payload.length) throw new Error(`its message is ${count} levels deep`);
  return { path: Array.from({ length: count }, next), at };
}

function messageAt(protobuf: Protobuf, messages: readonly Type[], path: readonly number[]): Type {
  let found: Type | undefined;
  let among = messages;
  for (const index of path) {
    found = among[index];
    if (!found) throw new Error(`its schema has no message ${path.join('.')}`);
    among = messagesOf(protobuf, found);
  }
  return found as Type;
}
