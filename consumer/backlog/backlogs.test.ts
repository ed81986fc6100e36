// Goal: whatever is detached, read on, attached, handed over and killed, each endpoint gets each of
// its records, a user's in their order, and none twice of which a commit or an attempt tells, or
// below the offset that an earlier attempt has called settled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { NAMES } from '../../test/support/backlog-log.ts';
import { World } from '../../test/support/backlog-model.ts';
import fc from '../../test/support/property.ts';

const STEPS = {
  ...{ fetch: 3, start: 8, end: 8, throttled: 1, failed: 2, toggle: 1, detach: 2 },
  ...{ take: 2, commit: 4, cut: 1, crash: 1, handOver: 1, reset: 1 },
};
type Kind = keyof typeof STEPS;
const step = fc.record({
  kind: fc.oneof(
    ...Object.entries(STEPS).map(([kind, weight]) => {
      return { arbitrary: fc.constant(kind as Kind), weight };
    }),
  ),
  n: fc.nat(11),
});

test('nothing is lost or out of order, and nothing is repeated of which commits or attempts tell', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const steps = fc.array(step, { minLength: 50, maxLength: 150, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const world = new World();
      for (const { kind, n } of all) {
        const name = NAMES[n % NAMES.length] as string;
        if (kind === 'fetch') world.fetch(1 + n);
        else if (kind === 'end') world.end(n);
        else if (kind === 'throttled' || kind === 'failed') world.end(n, kind);
        else if (kind === 'toggle' || kind === 'detach') world[kind](name);
        else if (kind === 'commit') {
          world.commit((['none', 'cursors', 'head', 'all'] as const)[n % 4]);
        } else world[kind](n);
        t.mock.timers.tick(1);
        await turn();
      }
      await world.untilAllIsDelivered();
      assert.deepEqual(world.faults, []);
      assert.deepEqual(world.missing, [], 'lost');
      const repeated = [...world.delivered].filter(
        ([name, times]) => times > 1 && !world.allowed.has(name),
      );
      assert.deepEqual(repeated, [], 'repeated though committed');
      assert.deepEqual([...world.cursors.keys()], [], 'cursors are left');
      assert.ok(world.places.most > 0, 'no bound was ever told');
    }),
    { numRuns: Number(process.env['RUNS'] ?? 800) },
  );
});
