import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { SeedTable } from './seed-table.ts';
import type { Words } from './seed-table.ts';

function wordsOf(text: string): Words {
  const bytes = hash('sha256', text, 'buffer');
  return [0, 4, 8, 12].map((at) => bytes.readUInt32BE(at)) as unknown as Words;
}

test('it knows what a map would know, whatever is added and taken away', () => {
  const steps = fc.array(fc.tuple(fc.nat(1_500), fc.nat(3)), {
    minLength: 3_000,
    maxLength: 4_000,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const table = new SeedTable();
      const model = new Map<number, string>();
      for (const [n, seed] of all) {
        if (seed === 0) {
          table.delete(wordsOf(`${n}`));
          model.delete(n);
        } else {
          table.set(wordsOf(`${n}`), wordsOf(`seed ${seed}`));
          model.set(n, String(wordsOf(`seed ${seed}`)));
        }
      }
      assert.equal(table.size, model.size);
      for (let n = 0; n <= 1_500; n += 1) {
        assert.equal(table.get(wordsOf(`${n}`))?.toString(), model.get(n));
      }
      const names = [...table.entries()].map(([name]) => String(name)).sort();
      assert.deepEqual(names, [...model.keys()].map((n) => String(wordsOf(`${n}`))).sort());
    }),
    { numRuns: 10 },
  );
});

test('names whose hashes begin alike are told apart', () => {
  const table = new SeedTable();
  const alike = Array.from({ length: 900 }, (_, n): Words => [7, 7, 7, n + 1]);
  alike.forEach((name, n) => table.set(name, [1, 2, 3, n + 1]));
  alike.forEach((name, n) => assert.deepEqual(table.get(name), [1, 2, 3, n + 1]));
  assert.equal(table.get([7, 7, 7, 1_000]), null);
});
