import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommitMark } from '../../common/kafka/decide/commit-metadata.ts';
import type { CommitMark } from '../../common/kafka/decide/commit-metadata.ts';
import { createLogger } from '../../common/logger.ts';
import { LogStanding } from './log-standing.ts';

const logger = createLogger('test', 'silent');
const TOPIC = 'deliveries';
const [OLD, NEW] = ['1'.repeat(32), '2'.repeat(32)] as const;

/** Of a consumer that sees the topic under the id NEW. */
function aStanding({ wasWorkedOn = true } = {}): LogStanding {
  const standing = new LogStanding({ wasWorkedOn, logger });
  standing.saw(new Map([[TOPIC, { id: NEW, partitions: 12 }]]));
  return standing;
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

const kindsOf = (standing: LogStanding) => standing.alarms().map(({ kind }) => kind);

test('a group is held where it was worked on, has no offset at all and would find records', () => {
  const gone = { hasAny: false, hasRecords: true };
  const standing = aStanding();
  assert.equal(standing.mustHold(gone, []), true);
  assert.deepEqual(kindsOf(standing), ['offsets-gone']);

  assert.equal(standing.mustHold({ ...gone, hasAny: true }, []), false, 'partitions were added');
  assert.deepEqual(kindsOf(standing), []);
  assert.equal(standing.mustHold({ ...gone, hasRecords: false }, []), false, 'an empty log');
  assert.equal(aStanding({ wasWorkedOn: false }).mustHold(gone, []), false, 'a fresh system');
});

test('offsets that Kafka deleted with the old topic do not hold who was working on it', () => {
  const gone = { hasAny: false, hasRecords: true };
  const standing = aStanding();
  assert.equal(standing.mustHold(gone, [{ topic: TOPIC, topicId: OLD }]), false);
  assert.equal(standing.mustHold(gone, [{ topic: TOPIC, topicId: NEW }]), true);
});

test('a commit of a version that wrote no topic id is gone on from', () => {
  const standing = aStanding();
  const position = committedAt(150);
  const metadata = position.metadata.split(';').slice(0, 5).join(';');
  const earlier = { ...position, metadata, committed: { offset: 150, metadata } };
  assert.deepEqual(standing.goOnAt(TOPIC, 0, earlier), { offset: 150, metadata });
  assert.deepEqual(kindsOf(standing), []);
});

test('a commit in a topic of another id means the start of the new one, and what was owed', () => {
  const standing = aStanding();
  const position = committedAt(150, { topicId: OLD, logEnd: 190 });
  assert.deepEqual(standing.goOnAt(TOPIC, 0, position), { offset: 100, metadata: '' });
  assert.deepEqual(kindsOf(standing), ['topic-made-again']);
  assert.deepEqual([...standing.losses.totals()], [[TOPIC, 40]]);
});

test('a work of another log goes on at the start, whoever has committed what', () => {
  const position = committedAt(150, { topicId: NEW });
  const { offset } = aStanding().goOnAt(TOPIC, 0, position, { topicId: OLD });
  assert.equal(offset, 100);
  assert.equal(aStanding().goOnAt(TOPIC, 0, position, { topicId: NEW }).offset, 150);
});

test('a cut counts once what was not finished of it, however often the group joins', () => {
  const standing = aStanding();
  const position = committedAt(80, { topicId: NEW, done: [{ start: 85, end: 90 }] });
  for (let joins = 0; joins < 2; joins += 1) {
    assert.equal(standing.goOnAt(TOPIC, 0, position).offset, 100);
  }
  assert.deepEqual([...standing.losses.totals()], [[TOPIC, 15]]);
  assert.deepEqual(kindsOf(standing), ['records-lost']);
});

test('what retention took after it was delivered is no loss', () => {
  const standing = aStanding();
  standing.goOnAt(TOPIC, 0, committedAt(100, { topicId: NEW }));
  standing.losses.cutOff(TOPIC, 1, { from: 80, to: 100, done: [{ start: 80, end: 130 }] });
  assert.deepEqual(kindsOf(standing), []);
  assert.equal(standing.losses.totals().size, 0);
});
