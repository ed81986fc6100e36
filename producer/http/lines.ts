const NEWLINE = 0x0a;

/** A line of a body, or that it was too long and has been passed over. */
export type Line = Buffer | 'too-long';

/**
 * The lines of a body as they come, without their line breaks; empty ones too. Holds one line and
 * one chunk at most.
 *
 * @param bytesMax of one line
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const take = (): Line => {
    const line = bytes > bytesMax ? 'too-long' : Buffer.concat(parts);
    parts = [];
    bytes = 0;
    return line;
  };
  const add = (part: Uint8Array) => {
    bytes += part.length;
    if (bytes <= bytesMax) parts.push(part);
    else parts = [];
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, at));
      yield take();
      start = at + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (bytes > 0) yield take();
}
