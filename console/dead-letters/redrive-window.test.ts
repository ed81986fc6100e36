import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redriveWindow } from './redrive-window.ts';

const bounds = new Map([
  [0, { low: 5, high: 90 }],
  [1, { low: 0, high: 40 }],
]);
const redriven = new Map([[0, [[5, 8] as const]]]);

test('a redrive reads all that was not put back from the start on', () => {
  const { from, to } = redriveWindow(bounds, redriven);
  assert.deepEqual(
    [...from],
    [
      [0, 8],
      [1, 0],
    ],
  );
  assert.deepEqual(
    [...to],
    [
      [0, 90],
      [1, 40],
    ],
  );
});

test('one whose places are known reads them alone', () => {
  const places = [20, 22].map((offset) => ({ partition: 0, offset }));
  const { from, to } = redriveWindow(bounds, redriven, places);
  assert.deepEqual(
    [...from],
    [
      [0, 20],
      [1, 40],
    ],
  );
  assert.deepEqual(
    [...to],
    [
      [0, 23],
      [1, 40],
    ],
  );
});
