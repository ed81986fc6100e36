import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bigIntOf, decimalText } from './decimal-text.ts';

test('a decimal keeps its digits and its sign', () => {
  const text = (hex: string, scale: number) =>
    decimalText(bigIntOf(Buffer.from(hex, 'hex')), scale);
  assert.deepEqual(
    [text('', 2), text('05', 2), text('fb', 1), text('7fffffffffffffffff', 4), text('80', 0)],
    ['0.00', '0.05', '-0.5', '236118324143482260.6847', '-128'],
  );
});
