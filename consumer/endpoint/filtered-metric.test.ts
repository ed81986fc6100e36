import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRegistry } from '../../common/process/metrics.ts';
import { FilteredCounts } from '../../common/subscriptions/filtered-counts.ts';
import { addFilteredMetric } from './filtered-metric.ts';

test('the first subscriptions have series of what their filters leave out, all others share one', async () => {
  const registry = createRegistry('test');
  const counts = new FilteredCounts();
  addFilteredMetric(registry, { METRICS_ENDPOINTS: 2 }, counts);
  const lines = async () =>
    (await registry.metrics()).split('\n').filter((line) => line.includes('_filtered_total{'));
  assert.deepEqual(await lines(), []);
  for (const id of ['sub_a', 'sub_b', 'sub_c', 'sub_a', 'sub_d']) counts.count(id);
  const name = 'hookline_endpoint_filtered_total';
  assert.deepEqual(await lines(), [
    `${name}{endpoint="sub_a"} 2`,
    `${name}{endpoint="sub_b"} 1`,
    `${name}{endpoint="other"} 2`,
  ]);
  assert.deepEqual(counts.report(), { sub_a: 2, sub_b: 1, sub_c: 1, sub_d: 1 });
});
