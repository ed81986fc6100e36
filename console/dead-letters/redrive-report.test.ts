import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeRedrive } from './redrive-report.ts';
import { RedriveTally } from './tally.ts';

function aTally(): RedriveTally {
  const tally = new RedriveTally();
  const redrive = { kind: 'redrive', headers: {} } as const;
  tally.count({ 'wh-last-status': '500' }, redrive);
  tally.count({ 'wh-last-status': '500' }, redrive);
  tally.count({ 'wh-last-status': '', 'wh-subscription': 'sub-1' }, redrive);
  tally.count({}, { kind: 'skip', reason: 'the record has no value' });
  tally.count({}, { kind: 'no-match' });
  return tally;
}

test('a dry run counts by endpoint and status, and says that nothing was changed', () => {
  assert.deepEqual(describeRedrive(aTally(), { isDryRun: true, isStopped: false }).split('\n'), [
    '3 dead letters would be put back into delivery; nothing was changed.',
    '',
    'endpoint     last status  dead letters',
    'WEBHOOK_URL  500                     2',
    'sub-1        no answer               1',
    '',
    '1 dead letter skipped, because they cannot be delivered: the record has no value',
  ]);
});

test('a run says what it has put back', () => {
  const tally = new RedriveTally();
  tally.redriven = 1_200;
  const [line] = describeRedrive(tally, { isDryRun: false, isStopped: false }).split('\n');
  assert.equal(line, '1,200 dead letters put back into delivery.');
});

test('a run that was stopped says so', () => {
  const tally = new RedriveTally();
  tally.redriven = 1;
  assert.equal(
    describeRedrive(tally, { isDryRun: false, isStopped: true }),
    'Stopped: 1 dead letter put back into delivery. Run again for the rest.',
  );
});
