import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { test } from 'node:test';

const RECIPES =
  'examples/verify/{node/*.mjs,python/*_recipe.py,go/verify.go,rust/src/verify.rs,java/Verify.java}';
const BLOCK = /^<!-- (examples\/verify\/\S+) -->\n```\w+\n([^]*?)^```$/gm;

test('docs/subscriptions.md shows each recipe as it is in examples/verify', () => {
  const text = readFileSync(new URL('../../docs/subscriptions.md', import.meta.url), 'utf8');
  const shown = new Map([...text.matchAll(BLOCK)].map(([, file = '', code = '']) => [file, code]));
  const files = globSync(RECIPES).map((file) => file.split(sep).join('/'));
  assert.deepEqual([...shown.keys()].sort(), files.sort());
  for (const [file, code] of shown) assert.equal(code, readFileSync(file, 'utf8'), file);
});
