import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { LEASE_MS, applied, formatClaim, parseClaim, claimStatus } from './claims.ts';
import type { Claim } from './claims.ts';

const A = '00000000000000aa';
const B = '00000000000000bb';
const claim = (by: string, atMs: number, more: Partial<Claim> = {}): Claim => ({
  state: 'claimed',
  by,
  fingerprint: A,
  atMs,
  ...more,
});
const foldOf = (log: readonly Claim[]) => log.reduce<Claim | undefined>(applied, undefined);

const rows: readonly [title: string, log: readonly Claim[], by: string, kind: string][] = [
  ['the first claim owns', [claim('1', 0)], '1', 'owner'],
  ['the second waits', [claim('1', 0), claim('2', 5)], '2', 'wait'],
  ['a claim that was written twice owns', [claim('1', 0), claim('1', 5)], '1', 'owner'],
  ['after the lease the next one owns', [claim('1', 0), claim('2', LEASE_MS)], '2', 'owner'],
  [
    'after a failure, too',
    [claim('1', 0), claim('1', 1, { state: 'failed' }), claim('2', 2)],
    '2',
    'owner',
  ],
  [
    'the failure of another changes nothing',
    [claim('1', 0), claim('2', 1, { state: 'failed' }), claim('3', 2)],
    '3',
    'wait',
  ],
  [
    'what is done is repeated for ever',
    [claim('1', 0), claim('1', 1, { state: 'done' }), claim('2', 10 * LEASE_MS)],
    '2',
    'repeated',
  ],
  [
    'other content is refused while the first is under way',
    [claim('1', 0), claim('2', LEASE_MS, { fingerprint: B })],
    '2',
    'other-content',
  ],
  [
    'and after it failed, as it may be in the log',
    [claim('1', 0), claim('1', 1, { state: 'failed' }), claim('2', 2, { fingerprint: B })],
    '2',
    'other-content',
  ],
];
for (const [title, log, by, kind] of rows) {
  test(title, () => {
    const mine = log.findLast((one) => one.by === by) as Claim;
    assert.equal(claimStatus(foldOf(log) as Claim, mine).kind, kind);
  });
}

test('who waits does so until a new claim would own', () => {
  const status = claimStatus(claim('1', 100), claim('2', 600));
  assert.deepEqual(status, { kind: 'wait', forMs: LEASE_MS - 500 });
});

test('a record is read as it was written, and nothing else is taken for one', () => {
  const { atMs: _, ...record } = claim('1', 0);
  assert.deepEqual(parseClaim(formatClaim(record)), record);
  for (const text of ['', '7', 'null', '{}', '{"state":"x","by":"1","fingerprint":"aa"}']) {
    assert.equal(parseClaim(text), null);
  }
});

/** A request on its way, and its claim. */
interface Request {
  readonly by: string;
  at: 'start' | 'claimed' | 'owner' | 'acted' | 'answered';
  mine: Claim | null;
}

const turn = fc.record({
  who: fc.nat(4),
  passMs: fc.constantFrom(0, 1, 100, LEASE_MS / 3, LEASE_MS),
  event: fc.constantFrom('go on', 'go on', 'go on', 'go on', 'crash', 'fail'),
});

test('whichever process crashes or fails when: none is answered for nothing, and none delivers twice', () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 60 }), (turns) => {
      const log: Claim[] = [];
      let nowMs = 0;
      let deliveries = 0;
      let broken = 0;
      let names = 0;
      const fresh = (): Request => ({ by: `r${(names += 1)}`, at: 'start', mine: null });
      const requests = Array.from({ length: 5 }, fresh);
      const append = (by: string, state: Claim['state']) => {
        const record = claim(by, nowMs, { state });
        log.push(record);
        return record;
      };
      for (const { who, passMs, event } of turns) {
        nowMs += passMs;
        requests.forEach(({ mine }, index) => {
          // Who takes longer than a lease is cut off, wherever it stands.
          if (mine !== null && nowMs - mine.atMs >= LEASE_MS) breakOff(index);
        });
        const request = requests[who] as Request;
        if (event === 'crash') {
          breakOff(who);
        } else if (event === 'fail' && request.at === 'owner') {
          append(request.by, 'failed');
          breakOff(who);
        } else {
          step(request);
        }
        if (request.at === 'answered') {
          assert.ok(deliveries > 0, 'answered for nothing');
          requests[who] = fresh();
        }
      }
      assert.ok(deliveries <= 1 + broken, `${deliveries} deliveries, ${broken} broken off`);

      function breakOff(index: number): void {
        const { at } = requests[index] as Request;
        if (at === 'owner' || at === 'acted') broken += 1;
        requests[index] = fresh();
      }

      function step(request: Request): void {
        const holding = foldOf(log);
        if (request.at === 'start') {
          if (holding?.state === 'done') request.at = 'answered';
          else [request.mine, request.at] = [append(request.by, 'claimed'), 'claimed'];
        } else if (request.at === 'claimed') {
          const upTo = log.slice(0, log.indexOf(request.mine as Claim) + 1);
          const { kind } = claimStatus(foldOf(upTo) as Claim, request.mine as Claim);
          if (kind === 'owner') request.at = 'owner';
          else if (kind === 'repeated') request.at = 'answered';
          else requests[requests.indexOf(request)] = fresh();
        } else if (request.at === 'owner') {
          deliveries += 1;
          request.at = 'acted';
        } else if (request.at === 'acted') {
          append(request.by, 'done');
          request.at = 'answered';
        }
      }
    }),
    { numRuns: 5_000 },
  );
});
