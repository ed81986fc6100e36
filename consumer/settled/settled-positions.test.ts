// Goal: whatever fails, is retried, committed, killed, and moved between two consumers topic by
// topic, each delivery has a position, nothing comes to an endpoint from below the offset that an
// earlier attempt has called settled, a receiver that forgets by it handles each once, and the
// bound follows in the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DLQ_HEADER } from '../../common/model/delivery.ts';
import fc from '../../test/support/property.ts';
import { SettledWorld, TOPICS } from '../../test/support/settled-world.ts';

const STEPS = {
  ...{ produce: 6, take: 16, accepted: 4, failed: 10, lost: 2, commit: 16, look: 8 },
  ...{ give: 4, kill: 1, reset: 0 },
};

function stepsOf(weights: Readonly<Record<string, number>>) {
  const kinds = Object.entries(weights).map(([kind, weight]) => ({
    arbitrary: fc.constant(kind as keyof typeof STEPS),
    weight,
  }));
  const step = fc.record({ kind: fc.oneof(...kinds), n: fc.nat(11) });
  return fc.array(step, { minLength: 50, maxLength: 200, size: 'max' });
}

async function holds(weights: Readonly<Record<string, number>>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(stepsOf(weights), async (all) => {
      const world = new SettledWorld();
      for (const { kind, n } of all) {
        const topic = TOPICS[n % TOPICS.length] as string;
        if (kind === 'produce') world.produce(n);
        else if (kind === 'take') world.take(topic);
        else if (kind === 'commit') world.commit(topic);
        else if (kind === 'look') await world.look();
        else if (kind === 'give') world.give(topic);
        else if (kind === 'kill') world.kill(n);
        else if (kind === 'reset') world.reset(topic, n);
        else world.finish(n, kind);
        await turn();
      }
      const behind = await world.toEnd();
      assert.deepEqual(world.faults, []);
      assert.ok(Math.max(...behind) === 0, `the bounds are ${behind} behind the ends`);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 300) },
  );
}

test('nothing comes from below a bound, whatever is retried, moved and killed, and the bound follows', () =>
  holds(STEPS));

test('what a reset brings again is below no bound either', () => holds({ ...STEPS, reset: 1 }));

test('a retry topic that was set back brings its dead letters again, and their receiver takes them', async () => {
  const world = new SettledWorld();
  world.produce(0);
  for (const topic of ['live', ...Array.from({ length: 3 }, () => 'retry-1')]) {
    world.take(topic);
    world.finish(0, 'failed');
  }
  for (const topic of TOPICS) world.commit(topic);
  await world.look();
  world.produce(0);
  world.take('live');
  world.finish(0, 'accepted');
  world.reset('retry-1', 3);
  world.take('retry-1');
  world.finish(0, 'accepted');
  await world.toEnd();
  assert.deepEqual(world.faults, []);
});

test('a retry that was written by an earlier version has no place', () => {
  const world = new SettledWorld();
  world.writeRetry({ [DLQ_HEADER.topic]: 'live', [DLQ_HEADER.offset]: '3' });
  world.take('retry-1');
  assert.deepEqual(world.faults, ['0 has no place']);
});
