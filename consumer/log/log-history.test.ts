import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeCommitMark,
  encodeCommitMark,
} from '../../common/kafka/positions/commit-metadata.ts';
import type { CommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import type { CommittedPosition } from '../../common/kafka/ports.ts';
import { createLogger } from '../../common/base/logger.ts';
import { offsetsGone } from './offsets-gone.ts';
import { LogHistory } from './log-history.ts';

const logger = createLogger('test', 'silent');
const TOPIC = 'deliveries';
const [OLD, NEW] = ['1'.repeat(32), '2'.repeat(32)] as const;

/**
 * Creates the history of a consumer that sees the topic under the id NEW.
 *
 * @param begun ids of topics in which the group has begun, by `topic/partition`
 */
function aHistory({
  wasWorkedOn = true,
  begun = {} as Record<string, string>,
  ...source
}: Partial<Pick<ConstructorParameters<typeof LogHistory>[0], 'beginOf' | 'lifeOf'>> & {
  wasWorkedOn?: boolean;
  begun?: Record<string, string>;
} = {}): LogHistory {
  const begunLogs = {
    read: () => Promise.resolve(new Map(Object.entries(begun))),
    began: () => {},
  };
  const history = new LogHistory({ wasWorkedOn, begunLogs, lanes: [TOPIC], ...source, logger });
  history.saw(new Map([[TOPIC, { id: NEW, partitions: 12 }]]));
  return history;
}

/** A commit as it is found where the log reaches from 100 to 200. */
function committedAt(offset: number, mark: Partial<CommitMark> = {}) {
  const { text } = encodeCommitMark(offset, {
    ...{ owner: 'hookline-consumer-1', isReleased: true, done: [], retries: [] },
    ...mark,
  });
  const known = { offset, metadata: text };
  const start = { offset: 100, metadata: '' };
  return { ...(offset < 100 ? start : known), low: 100, high: 200, committed: known };
}

const alarmsOf = (history: LogHistory) =>
  history.alarms(
    [0, 1, 2].map((partition) => ({ name: `${TOPIC}/${partition}`, topic: TOPIC, partition })),
  );
const kindsOf = (history: LogHistory) => alarmsOf(history).map(({ kind }) => kind);

const EMPTY = { offset: 100, metadata: '', low: 100, high: 100, committed: null };
const UNKNOWN = { ...EMPTY, high: 200 };

/** @param positions of the partitions of this member, by number */
async function assign(
  history: LogHistory,
  positions: readonly CommittedPosition[],
  { hasAny = false, mine = [] as { topic: string; topicId: string }[] } = {},
) {
  await history.assigned(
    new Map([[TOPIC, [...positions.keys()]]]),
    {
      get: (_topic, partition) => positions[partition] as CommittedPosition,
      hasAny,
      hasRecords: positions.some(({ low, high }) => low < high),
    },
    mine,
  );
  return positions.map((position, partition) => history.goOnAt(TOPIC, partition, position));
}

test('a partition that was begun is held when its offset is gone; the others go on', async () => {
  const begun = { [`${TOPIC}/0`]: NEW, [`${TOPIC}/1`]: NEW };
  const history = aHistory({ begun });
  const found = await assign(history, [UNKNOWN, EMPTY, UNKNOWN, committedAt(150)]);
  assert.deepEqual(
    found.map((at) => at?.offset ?? null),
    [null, 100, 100, 150],
    'begun, begun and empty, added by an operator, going on',
  );
  const [alarm, ...more] = alarmsOf(history);
  assert.deepEqual([alarm?.kind, more], ['offsets-gone', []]);
  assert.match(alarm?.detail ?? '', /deliveries\/0, though .*npm run reset -- --to <[^>]+>`, and/);

  await assign(history, [committedAt(150)], { hasAny: true });
  assert.deepEqual(kindsOf(history), [], 'after a reset');
});

test('a topic that was begun under another id is delivered from its start, and said', async () => {
  // Nobody has written to it yet, or the first transaction is still open.
  for (const position of [UNKNOWN, EMPTY]) {
    const history = aHistory({ begun: { [`${TOPIC}/0`]: OLD } });
    const [found] = await assign(history, [position], { hasAny: true });
    assert.equal(found?.offset, 100);
    history.losses.carry(`${TOPIC}/0`, []);
    assert.match(alarmsOf(history)[0]?.detail ?? '', /made again.* is not known/);
  }
});

test('a reset of another topic than the deliveries is named', () => {
  const detail = (topic: string) =>
    offsetsGone(new Map([[topic, [3, 4]]]), ['deliveries'])[0]?.detail ?? '';
  assert.match(detail('retry-5'), /of retry-5\/3,4, .* with --topic retry-5, and start/);
  assert.doesNotMatch(detail('deliveries'), /--topic/);
});

test('where nobody has noted what was begun, the group is held when it has no offset at all', async () => {
  const nothing = [{ ...EMPTY }, UNKNOWN];
  const offsets = async (...[history, options]: [LogHistory, { hasAny: boolean }?]) =>
    (await assign(history, nothing, options)).map((at) => at?.offset ?? null);
  assert.deepEqual(await offsets(aHistory()), [null, null]);
  assert.deepEqual(await offsets(aHistory(), { hasAny: true }), [100, 100], 'partitions added');
  assert.deepEqual(await offsets(aHistory({ wasWorkedOn: false })), [100, 100], 'a fresh system');
});

test('offsets that Kafka deleted with the old topic do not hold who was working on it', async () => {
  const at = async (topicId: string) =>
    (await assign(aHistory(), [UNKNOWN], { mine: [{ topic: TOPIC, topicId }] }))[0]?.offset;
  assert.deepEqual([await at(OLD), await at(NEW)], [100, undefined]);
});

test('a loss lasts a day and is reported by the owner of the partition', () => {
  const [first, next] = [aHistory(), aHistory()];
  first.losses.cutOff(TOPIC, 1, { from: 80, to: 100, done: [] });
  const told = first.losses.carry(`${TOPIC}/1`, []);
  assert.deepEqual(kindsOf(next), []);
  assert.deepEqual(next.losses.carry(`${TOPIC}/1`, told), told);
  assert.deepEqual(alarmsOf(next), alarmsOf(first));
  assert.deepEqual([...next.losses.totals()], [], 'counted by the one that found it');
  next.losses.cutOff(TOPIC, 1, { from: 200, to: 203, done: [] });
  assert.match(alarmsOf(next)[0]?.detail ?? '', /up to 23 records/);
  const yesterday = told.map((loss) => ({ ...loss, atMs: loss.atMs - 24 * 3_600_000 }));
  assert.deepEqual(aHistory().losses.carry(`${TOPIC}/1`, yesterday), []);
});

test('a commit of a version that wrote no topic id is gone on from', () => {
  const history = aHistory();
  const position = committedAt(150);
  const metadata = position.metadata.split(';').slice(0, 5).join(';');
  const earlier = { ...position, metadata, committed: { offset: 150, metadata } };
  assert.deepEqual(history.goOnAt(TOPIC, 0, earlier), { offset: 150, metadata });
  assert.deepEqual(kindsOf(history), []);
});

test('a commit in a topic of another id means the start of the new one, and what was owed', () => {
  const history = aHistory();
  const position = committedAt(150, { topicId: OLD, logEnd: 190 });
  assert.deepEqual(history.goOnAt(TOPIC, 0, position), { offset: 100, metadata: '' });
  assert.deepEqual(kindsOf(history), ['topic-made-again']);
  assert.deepEqual([...history.losses.totals()], [[TOPIC, 40]]);
});

test('a work of another log goes on at the start, whatever was committed', () => {
  const position = committedAt(150, { topicId: NEW });
  assert.equal(aHistory().goOnAt(TOPIC, 0, position, { topicId: OLD })?.offset, 100);
  assert.equal(aHistory().goOnAt(TOPIC, 0, position, { topicId: NEW })?.offset, 150);
});

test('a cut counts once what was not finished of it, however often the group joins', () => {
  const history = aHistory();
  const position = committedAt(80, { topicId: NEW, done: [{ start: 85, end: 90 }] });
  for (let joins = 0; joins < 2; joins += 1) {
    assert.equal(history.goOnAt(TOPIC, 0, position)?.offset, 100);
  }
  assert.deepEqual([...history.losses.totals()], [[TOPIC, 15]]);
  assert.deepEqual(kindsOf(history), ['records-lost']);
});

test('what retention took after it was delivered is no loss', () => {
  const history = aHistory();
  history.goOnAt(TOPIC, 0, committedAt(100, { topicId: NEW }));
  history.losses.cutOff(TOPIC, 1, { from: 80, to: 100, done: [{ start: 80, end: 130 }] });
  assert.deepEqual(kindsOf(history), []);
  assert.equal(history.losses.totals().size, 0);
});

test('where retention has taken the first that waited, what was finished behind it is not repeated', () => {
  const done = [
    { start: 85, end: 103 },
    { start: 150, end: 190 },
  ];
  const retries = [90, 120].map((offset) => ({ offset, attempt: 2, dueAtMs: 1 }));
  const position = committedAt(80, { topicId: NEW, done, retries, cursors: 3, isReleased: false });
  const known = aHistory().goOnAt(TOPIC, 0, position);
  assert.equal(known?.offset, 103);
  const mark = decodeCommitMark(103, known.metadata);
  assert.deepEqual(mark?.done, [{ start: 150, end: 190 }]);
  assert.deepEqual(mark.retries, retries.slice(1));
  assert.deepEqual([mark.owner, mark.isReleased, mark.cursors], ['hookline-consumer-1', false, 3]);
});

test('a source that was made again begins where it says, and nothing of the earlier one is lost', async () => {
  const source = { beginOf: () => 170, lifeOf: () => '22222222' };
  const [before, now] = [`${NEW}11111111`, `${NEW}22222222`];
  const at = async (position: CommittedPosition, begun: Record<string, string> = {}) => {
    const history = aHistory({ ...source, begun });
    const [found] = await assign(history, [position], { hasAny: true });
    history.losses.carry(`${TOPIC}/0`, []);
    assert.deepEqual(kindsOf(history), []);
    return found?.offset;
  };
  const mark = (topicId: string) => committedAt(150, { topicId, logEnd: 190 });
  assert.deepEqual(
    [await at(mark(before)), await at(mark(now)), await at(mark(''))],
    [170, 150, 150],
  );
  assert.equal(await at(mark(NEW)), 150, 'a commit that names no source');
  assert.equal(await at(UNKNOWN, { [`${TOPIC}/0`]: before }), 170, 'offsets that have expired');
  const history = aHistory(source);
  const position = mark(before);
  assert.equal(
    history.goOnAt(TOPIC, 0, position, { topicId: before })?.offset,
    170,
    'while it runs',
  );
  assert.equal(history.startOf(TOPIC, 0, position, OLD), 100, 'of a topic that was made again');
});
