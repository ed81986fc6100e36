import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compact, millis, rate } from './format.js';
import { SECONDS, TENTHS, WHOLE, secondsTexts } from './ticks.js';

describe('the marks of an axis', () => {
  /** As uPlot does: the first step that leaves enough room, from zero up. */
  const textsOf = (max: number, steps: readonly number[], texts: Texts) => {
    const room = 124 / 32;
    const step = steps.find((one) => one >= (max * 1.1) / room) as number;
    const count = Math.floor((max * 1.1) / step) + 1;
    return texts(
      Array.from({ length: count }, (_, n) => Math.round(n * step * 10) / 10),
      step,
    );
  };
  type Texts = (marks: number[], step: number) => string[];
  const each = (format: (mark: number) => string) => (marks: number[]) => marks.map(format);

  test('have different texts, however high the values are', () => {
    for (const [steps, texts] of [
      [TENTHS, each(rate)],
      [TENTHS, each(millis)],
      [WHOLE, each(compact)],
      [SECONDS, secondsTexts],
    ] as const) {
      for (let max = 0.1; max < 1e9; max *= 1.07) {
        const shown = textsOf(max, steps, texts);
        assert.equal(new Set(shown).size, shown.length, `${max}: ${shown.join(', ')}`);
      }
    }
  });

  test('are in one unit of time', () => {
    assert.deepEqual(textsOf(1, SECONDS, secondsTexts), ['0 s', '1 s']);
    assert.deepEqual(textsOf(3_600, SECONDS, secondsTexts), ['0 min', '30 min', '60 min']);
  });
});
