import type { NamespaceBase, Root, Type } from 'protobufjs';
import type * as protobufjs from 'protobufjs';
import type * as descriptors from 'protobufjs/ext/descriptor.js';
import descriptorFile from 'protobufjs/google/protobuf/descriptor.json' with { type: 'json' };
import { readUvarint } from '../kafka/protocol/varint.ts';
import { BUILT_IN } from './protobuf-built-in.ts';
import type { Decode, StoredSchema } from './schema.ts';

type Protobuf = Pick<typeof protobufjs, 'Root' | 'Type' | 'Enum' | 'common' | 'parse'>;

/** A schema as text, or as Confluent's serializers for Python, Go and .NET register it. */
const SERIALIZED = /^[A-Za-z0-9+/]+={0,2}$/;
const EDITIONS: Readonly<Record<number, string>> = { 1000: '2023', 1001: '2024' };

/**
 * Makes a decoder of a Protobuf schema. The JSON is that of Protobuf's own mapping: names in camel
 * case, a time in RFC 3339, a wrapped value as it is.
 *
 * @throws the schema cannot be understood
 * @see https://protobuf.dev/programming-guides/json/
 */
export async function protobufDecoder({ text, references }: StoredSchema): Promise<Decode> {
  const [{ default: protobuf }, { default: descriptor }, { default: protojson }] =
    await Promise.all([
      import('protobufjs'),
      import('protobufjs/ext/descriptor.js'),
      import('protobufjs/ext/protojson.js'),
    ]);
  const root = new protobuf.Root();
  const add = (file: string) => addFile({ protobuf, descriptor, root }, file);
  // Before others add theirs: a message is named by its place in its own file.
  const messages = messagesOf(protobuf, add(text));
  const isThere = (name: string) => references.some((reference) => reference.name === name);
  for (const file of [...references, ...BUILT_IN.filter(({ name }) => !isThere(name))])
    add(file.text);
  addCommon(protobuf, root, isThere);
  root.resolveAll();
  return (payload) => {
    const { path, at } = messagePath(payload);
    const type = messageAt(protobuf, messages, path);
    return protojson.toJsonString(type, type.decode(payload.subarray(at)));
  };
}

interface Into {
  readonly protobuf: Protobuf;
  readonly descriptor: Pick<typeof descriptors, 'FileDescriptorProto'>;
  readonly root: Root;
}

/** @returns the package of the file */
function addFile({ protobuf, descriptor, root }: Into, text: string): NamespaceBase {
  if (!SERIALIZED.test(text)) {
    const { package: name } = protobuf.parse(text, root);
    return name ? (root.lookup(name) as NamespaceBase) : root;
  }
  const file = descriptor.FileDescriptorProto.decode(Buffer.from(text, 'base64'));
  const edition = EDITIONS[file.edition ?? 0] ?? (file.syntax || 'proto2');
  const home = file.package ? root.define(file.package) : root;
  for (const one of file.messageType ?? []) home.add(protobuf.Type.fromDescriptor(one, edition));
  for (const one of file.enumType ?? []) home.add(protobuf.Enum.fromDescriptor(one, edition));
  return home;
}

/** Adds the files that come with every compiler, and so are in no registry. */
function addCommon({ common }: Protobuf, root: Root, isThere: (name: string) => boolean): void {
  const files = { ...common, 'google/protobuf/descriptor.proto': descriptorFile };
  for (const [name, known] of Object.entries(files)) {
    const { nested } = known as { nested?: NonNullable<Parameters<Root['addJSON']>[0]> };
    if (name.endsWith('.proto') && nested && !isThere(name)) root.addJSON(nested);
  }
}

function messagesOf({ Type }: Pick<Protobuf, 'Type'>, home: NamespaceBase): readonly Type[] {
  return home.nestedArray.filter((one): one is Type => one instanceof Type);
}

/**
 * Reads which message of its file a payload holds: places in the file, and in each message on the
 * way, as signed varints after their number. A single 0 is short for the first of the file.
 */
function messagePath(payload: Buffer): { readonly path: readonly number[]; readonly at: number } {
  let at = 0;
  const next = (): number => {
    const read = readUvarint(payload, at);
    if (read === null) throw new Error('it is cut off where it names its message');
    at = read.next;
    const half = Math.floor(read.value / 2);
    return read.value % 2 === 0 ? half : -half - 1;
  };
  const count = next();
  if (count === 0) return { path: [0], at };
  if (count < 0 || count > payload.length) throw new Error(`its message is ${count} levels deep`);
  return { path: Array.from({ length: count }, next), at };
}

function messageAt(
  protobuf: Pick<Protobuf, 'Type'>,
  messages: readonly Type[],
  path: readonly number[],
): Type {
  let found: Type | undefined;
  let among = messages;
  for (const index of path) {
    found = among[index];
    if (!found) throw new Error(`its schema has no message ${path.join('.')}`);
    among = messagesOf(protobuf, found);
  }
  return found as Type;
}
