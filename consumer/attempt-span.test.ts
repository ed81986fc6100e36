import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '../common/model/delivery.ts';
import type { Tracing } from '../common/tracing/tracing.ts';
import { inTraceOf, startAttemptSpan } from './attempt-span.ts';
import { toRetry } from './outcome/failure-record.ts';

test("a retry of a foreign record goes on in the trace of the record's first attempt", () => {
  const begun = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const parents: (string | undefined)[] = [];
  const tracing: Tracing = {
    start: (_kind, _name, parent) => {
      parents.push(parent);
      return { traceparent: begun, fields: undefined, end: () => {} };
    },
  };
  const record = {
    ...{ topic: 't', partition: 0, offset: 1, timestampMs: 1, key: 'u' },
    ...{ value: Buffer.from('{}'), headers: {} },
  };
  const first = { id: 'id-1', attempt: 1, subscription: null, record } as unknown as Delivery;
  const span = startAttemptSpan(tracing, first);
  const handOff = { group: 'g', attemptsMade: 1, nowMs: 1, status: 500, message: 'HTTP 500' };
  const { record: traced } = inTraceOf(span, first);
  const { headers } = toRetry(traced, handOff, { attempt: 2, dueAtMs: 2, place: null });
  startAttemptSpan(tracing, { ...first, attempt: 2, record: { ...record, headers } });
  assert.deepEqual(parents, [undefined, begun]);
  assert.equal(inTraceOf(null, first), first);
});
