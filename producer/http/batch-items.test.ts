import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readItems } from './batch-items.ts';

const LINE_BYTES_MAX = 1_000;

/** A body in pieces, and how many of them were asked for. */
function aBody(pieces: readonly string[], times = 1) {
  let asked = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < times; n += 1) {
      for (const piece of pieces) {
        asked += 1;
        yield await Promise.resolve(Buffer.from(piece));
      }
    }
  }
  return { chunks: chunks(), asked: () => asked };
}

async function read(pieces: readonly string[]) {
  const { isArray, items } = await readItems(aBody(pieces).chunks, LINE_BYTES_MAX);
  const found: unknown[] = [];
  for await (const item of items) found.push([item.line, 'value' in item && item.value]);
  return { isArray, items: found };
}

test('what begins with a bracket, behind some space, is an array', async () => {
  const expected = {
    isArray: true,
    items: [
      [1, 7],
      [2, null],
    ],
  };
  assert.deepEqual(await read(['\r\n ', ' \t', '[7, nu', 'll]\n']), expected);
});

test('anything else is lines, and the empty ones before the first count', async () => {
  const expected = {
    isArray: false,
    items: [
      [3, 7],
      [4, 8],
    ],
  };
  assert.deepEqual(await read(['\n', ' \n', '7\n8']), expected);
  assert.deepEqual(await read([]), { isArray: false, items: [] });
});

for (const [name, space] of [
  ['empty lines', '\n'],
  ['one line of spaces', ' '],
] as const) {
  test(`a body that begins with ever more ${name} is not kept`, async () => {
    const { chunks, asked } = aBody([space.repeat(100)], 300);
    const { isArray, items } = await readItems(chunks, LINE_BYTES_MAX);
    assert.equal(isArray, false);
    assert.ok(asked() <= LINE_BYTES_MAX / 100 + 1, `${asked()} pieces are held`);
    for await (const item of items) assert.equal('problem' in item && item.problem.status, 413);
    assert.equal(asked(), 300);
  });
}
