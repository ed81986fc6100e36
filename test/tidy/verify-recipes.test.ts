import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const BLOCK = /^<!-- (examples\/\S+) -->\n```\w+\n([^]*?)^```$/gm;

test('code of examples/ stands in the documents as it is there', () => {
  const texts = globSync('docs/*.md').map((file) => readFileSync(file, 'utf8'));
  const shown = texts.flatMap((text) => [...text.matchAll(BLOCK)]);
  assert.ok(shown.length > 0);
  for (const [, file = '', code] of shown) assert.equal(code, readFileSync(file, 'utf8'), file);
});
