import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portClashes } from './plan-ports.ts';

const wanted = (...ports: number[]) =>
  ports.map((port, index) => ({ setting: `S${index}`, host: '127.0.0.1', port }));

test('three different ports clash with nothing', () => {
  assert.deepEqual(portClashes(wanted(8080, 8081, 8090)), []);
});

test('"any free port" twice is no clash', () => {
  assert.deepEqual(portClashes(wanted(0, 0, 8090)), []);
});

test('the second setting with one port is refused by name', () => {
  assert.deepEqual(portClashes(wanted(8080, 8090, 8080)), [
    'S2=8080: S0 has that port; allowed: another one',
  ]);
});
