import type { FileMetaData, SchemaTree } from 'hyparquet';
import { parseHeader } from './header.ts';
import { unfitLine } from './parquet-row.ts';
import { UnfitValue, isReadRaw, renderAsText, renderOf } from './parquet-values.ts';
import type { Render } from './parquet-values.ts';

/** Twice the largest row group that programs make unless they are told to. */
const ROW_GROUP_BYTES_MAX = 256 * 1024 ** 2;

/** Meaning of the columns of a Parquet file. */
export interface ParquetColumns {
  /** Whether there are lists, structures or maps. */
  readonly isNested: boolean;
  /** Returns a row as a line of JSON, with its line break; also one that cannot be sent. */
  line(values: readonly unknown[]): string;
}

/**
 * Understands the columns of a Parquet file, which need the names that the header of a CSV needs.
 *
 * @param tree  the file's schema, from its root
 * @returns the columns, or what is wrong with them
 */
export function parquetColumns(tree: SchemaTree): ParquetColumns | { readonly invalid: string } {
  const nodes = tree.children;
  // The library would lose such a column without a word.
  if (hasPrototype(tree)) return { invalid: 'a column cannot have the name "__proto__"' };
  const columns = parseHeader(nodes.map(({ element }) => element.name));
  if ('invalid' in columns) return { invalid: columns.invalid.replace('header', 'schema') };
  const { userId, alertMessage, extras } = columns;
  for (const index of [userId, alertMessage]) {
    const { element, children } = nodes[index] as SchemaTree;
    if (children.length === 0 && !isRepeated({ element })) continue;
    return { invalid: `the column ${element.name} holds lists or structures, and no text` };
  }
  const renders = nodes.map(renderOf);
  const at = (index: number) => renders[index] as Render;
  const [user, message] = [renderAsText(at(userId)), renderAsText(at(alertMessage))];
  const lineOf = (values: readonly unknown[]) => {
    let line = `{"user_id":${user(values[userId])},"alert_message":${message(values[alertMessage])}`;
    for (const { index, prefix } of extras) line += prefix + at(index)(values[index]);
    return `${line}}\n`;
  };
  const unfit = (values: readonly unknown[]) => {
    const reasons: string[] = [];
    const members = nodes.map(({ element: { name } }, index) => {
      const { json, fault } = tried(at(index), values[index]);
      if (fault !== null) reasons.push(`${name} ${fault}`);
      return `${JSON.stringify(name)}:${json}`;
    });
    return unfitLine(reasons.join('; '), `{${members.join(',')}}`);
  };
  return {
    isNested: nodes.some((node) => node.children.length > 0 || isRepeated(node)),
    line: (values) => {
      try {
        return lineOf(values);
      } catch (error) {
        if (error instanceof UnfitValue) return unfit(values);
        throw error;
      }
    },
  };
}

function tried(render: Render, value: unknown) {
  try {
    return { json: render(value), fault: null };
  } catch (error) {
    if (!(error instanceof UnfitValue)) throw error;
    return { json: JSON.stringify(error.raw), fault: error.message };
  }
}

function isRepeated({ element }: Pick<SchemaTree, 'element'>): boolean {
  return element.repetition_type === 'REPEATED';
}

function hasPrototype({ element, children }: SchemaTree): boolean {
  return element.name === '__proto__' || children.some(hasPrototype);
}

/** Returns the metadata without the types of which the library makes what is not exact. */
export function withRawTypes(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) => {
    if (!isReadRaw(element)) return element;
    const { converted_type: _, logical_type: __, ...raw } = element;
    return raw;
  });
  return { ...metadata, schema };
}

/** Says which row group is too large to be held in memory, or null. */
export function whyRowGroupTooLarge({
  row_groups: groups,
}: Pick<FileMetaData, 'row_groups'>): string | null {
  const index = groups.findIndex(({ total_byte_size: bytes }) => bytes > ROW_GROUP_BYTES_MAX);
  const bytes = groups[index]?.total_byte_size;
  if (bytes === undefined) return null;
  return (
    `row group ${index + 1} has ${bytes} bytes, which are more than ${ROW_GROUP_BYTES_MAX}; ` +
    'write smaller row groups'
  );
}
