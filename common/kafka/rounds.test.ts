import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { until } from '../../test/support/until.ts';
import { Rounds } from './rounds.ts';

function aRun(durationMsMax = 60_000) {
  const rounds = new Rounds(durationMsMax);
  const leave = new Map<string, () => void>();
  const join = (name: string) => void rounds.join().then((left) => leave.set(name, left));
  return {
    join,
    begun: () => [...leave.keys()].join(),
    end: (name: string) => leave.get(name)?.(),
  };
}

test('who comes in one turn goes together, and who comes later when all of them have ended', async () => {
  const { join, begun, end } = aRun();
  join('a');
  join('b');
  await turn();
  assert.equal(begun(), 'a,b');
  join('c');
  end('a');
  join('d');
  await turn();
  assert.equal(begun(), 'a,b');
  end('b');
  await turn();
  assert.equal(begun(), 'a,b,c,d');
});

test('after a pause the next one waits for nobody', async () => {
  const { join, begun, end } = aRun();
  join('a');
  await turn();
  end('a');
  await turn();
  join('b');
  await turn();
  assert.equal(begun(), 'a,b');
});

test('a round that takes too long keeps nobody waiting, and its end is not that of the next', async () => {
  const { join, begun, end } = aRun(100);
  join('a');
  await turn();
  join('b');
  await until(() => begun() === 'a,b');
  join('c');
  end('a');
  await turn();
  assert.equal(begun(), 'a,b');
  end('b');
  await turn();
  assert.equal(begun(), 'a,b,c');
});
