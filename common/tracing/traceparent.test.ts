import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTraceparent, parseTraceparent, traceFields } from './traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test('a traceparent is read, and written as it was', () => {
  const header = `00-${TRACE}-${SPAN}-01`;
  const parent = parseTraceparent(header);
  assert.deepEqual(parent, { traceId: TRACE, spanId: SPAN, flags: 1 });
  assert.equal(parent && formatTraceparent(parent), header);
  assert.deepEqual(traceFields(header), { trace_id: TRACE, span_id: SPAN });
});

const refused: readonly (string | undefined)[] = [
  undefined,
  '',
  '00-1',
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `01-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-more`,
];
for (const header of refused) {
  test(`no trace goes on from ${JSON.stringify(header)}`, () => {
    assert.equal(parseTraceparent(header), null);
    assert.equal(traceFields(header), undefined);
  });
}
