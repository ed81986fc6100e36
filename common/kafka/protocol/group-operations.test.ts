import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeGroupOperations, encodeGroupOperations } from './group-operations.ts';

test('a DescribeGroups request names one group and asks what is allowed', () => {
  assert.equal(encodeGroupOperations('ab').toString('hex'), '00000001000261620' + '1');
});

test('the answer gives the error of the group and its operations', () => {
  // Throttle time, one group, no error, the id, an empty state, type, protocol and no member.
  const body = `00000000${'00000001'}0000${'00026162'}${'0000'.repeat(3)}00000000`;
  const answer = Buffer.from(`${body}00000108`, 'hex');
  assert.deepEqual(decodeGroupOperations(answer), { errorCode: 0, operations: 0x108 });
  assert.throws(() => decodeGroupOperations(Buffer.alloc(4)), RangeError);
});
