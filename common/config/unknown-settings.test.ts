import assert from 'node:assert/strict';
import { test } from 'node:test';
import { misspeltSettings } from './unknown-settings.ts';

const SETTINGS = ['PORT', 'HOST', 'API_KEYS', 'CONCURRENCY', 'LOG_LEVEL', 'KAFKA_BROKERS'];

const misspelt: readonly [name: string, meant: string][] = [
  ['CONCURENCY', 'CONCURRENCY'],
  ['CONCURRNECY', 'CONCURRENCY'],
  ['Concurrency', 'CONCURRENCY'],
  ['KAFKA_BROKER', 'KAFKA_BROKERS'],
  ['API_KEY', 'API_KEYS'],
  ['LOG-LEVEL', 'LOG_LEVEL'],
];
for (const [name, meant] of misspelt) {
  test(`${name} is taken for a misspelt ${meant}`, () => {
    assert.deepEqual(misspeltSettings({ [name]: '3' }, SETTINGS), [
      `${name}: there is no such setting; did you mean ${meant}? (or set ${meant} as well)`,
    ]);
  });
}

test('names of other software are left alone', () => {
  const names = ['POST', 'SPORT', 'HOSTS', 'port', 'PORTS', 'PATH', 'API_URL', 'LOGNAME', 'LEVEL'];
  const env = Object.fromEntries(names.map((name) => [name, 'x']));
  assert.deepEqual(misspeltSettings(env, SETTINGS), []);
});

test('a near name beside the setting itself, even an empty one, means something else', () => {
  assert.deepEqual(misspeltSettings({ API_KEY: 'x', API_KEYS: '' }, SETTINGS), []);
});
