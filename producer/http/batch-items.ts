import { parseJsonBytes } from '../../common/http/body.ts';
import type { JsonSource } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { elementsOf } from '../../common/base/json-source.ts';
import { linesOf } from './lines.ts';

/** One thing of a batch: what was sent, or why it cannot be understood. */
export type Item = { readonly line: number; readonly bytes: number } & (
  JsonSource | { readonly problem: HttpProblem }
);

export interface Items {
  readonly isArray: boolean;
  readonly items: AsyncIterable<Item>;
}

/** An array has to be parsed as a whole, so it may not be large. */
const ARRAY_BYTES_MAX = 8 * 1024 ** 2;
const BRACKET = 0x5b;
const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/**
 * Reads a batch: a JSON array when it begins so, else a JSON value a line.
 *
 * @param lineBytesMax longer lines are passed over, each with a problem; what begins with more
 *                     space than that is read as lines, for they need not be kept
 * @throws HttpProblem 400, 413 for an array that is not JSON, or too large
 */
export async function readItems(
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
): Promise<Items> {
  const iterator = chunks[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let first: number | undefined;
  let bytes = 0;
  while (first === undefined && bytes <= lineBytesMax) {
    const { value, done } = await iterator.next();
    if (done) break;
    head.push(value);
    bytes += value.length;
    first = value.find((byte) => !isSpace(byte));
  }
  const all = chained(head, iterator);
  if (first !== BRACKET) return { isArray: false, items: fromLines(all, lineBytesMax) };
  return { isArray: true, items: fromArray(all) };
}

async function* chained(
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* fromLines(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Item> {
  let line = 0;
  for await (const text of linesOf(chunks, bytesMax)) {
    line += 1;
    if (text === 'too-long') {
      const problem = new HttpProblem(413, `The line is longer than ${bytesMax} bytes`);
      yield { line, bytes: 0, problem };
    } else if (!text.every(isSpace)) {
      yield { line, bytes: text.length, ...parsed(text) };
    }
  }
}

async function* fromArray(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Item> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > ARRAY_BYTES_MAX) {
      const detail = `The array is larger than ${ARRAY_BYTES_MAX} bytes; lines (NDJSON) may be more`;
      throw new HttpProblem(413, detail);
    }
    parts.push(chunk);
  }
  const { text: whole, value } = parseJsonBytes(Buffer.concat(parts));
  const values = value as readonly unknown[];
  let index = 0;
  for (const text of elementsOf(whole)) {
    yield { line: index + 1, bytes: text.length, text, value: values[index] };
    index += 1;
  }
}

function parsed(line: Buffer): JsonSource | { readonly problem: HttpProblem } {
  try {
    return parseJsonBytes(line, 'The line');
  } catch (problem) {
    if (problem instanceof HttpProblem) return { problem };
    throw problem;
  }
}
