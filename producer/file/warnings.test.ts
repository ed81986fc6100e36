import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileWarning } from '../../common/model/file-progress.ts';
import { addWarnings } from './warnings.ts';

const code = 'last_line_unfinished';

test('warnings of one code become one, with the first message and the counts added up', () => {
  const before: FileWarning[] = [{ code, message: 'first', count: 2 }];
  const found: FileWarning[] = [{ code, message: 'later', count: 3 }];
  assert.deepEqual(addWarnings(before, found), [{ code, message: 'first', count: 5 }]);
  assert.deepEqual(addWarnings([], found), found);
  assert.deepEqual(addWarnings(before, []), before);
});

test('a warning without a count stays without one', () => {
  const warning: FileWarning = { code, message: 'once' };
  assert.deepEqual(addWarnings([warning], [warning]), [warning]);
});
