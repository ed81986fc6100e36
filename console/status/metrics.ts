import { FILE_STATES, fileStateOf } from '../../common/model/file-progress.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import { addCounter, addGauge } from '../../common/process/metrics.ts';
import type { Registry } from '../../common/process/metrics.ts';
import { coveredCount } from '../republish/offset-ranges.ts';
import type { OffsetRanges } from '../republish/offset-ranges.ts';
import { deliveryCounts } from './delivery-counts.ts';
import type { StatusParts } from './status.ts';

interface Deps extends StatusParts {
  readonly redriven: Pick<CompactedTable<OffsetRanges>, 'entries'>;
}

/**
 * Adds the metrics of the whole system, which come from Kafka. They are the same from every
 * console, so one console is enough to scrape.
 */
export function addSystemMetrics(registry: Registry, deps: Deps): void {
  const { cluster, notReady } = deps;
  addGauge(registry, {
    name: 'hookline_ready',
    help: '1 while /health/ready answers 200',
    read: () => [[{}, notReady() === null ? 1 : 0]],
  });
  addGauge(registry, {
    name: 'hookline_consumers',
    help: 'Members of the delivery group',
    read: () => [[{}, cluster.members.length]],
  });
  addGauge(registry, {
    name: 'hookline_topic_lag',
    help: 'Records that the consumers have not finished',
    labels: ['topic'],
    read: () => cluster.topics.map(({ topic, lag }) => [{ topic }, lag]),
  });
  addGauge(registry, {
    name: 'hookline_topic_lag_seconds',
    help: 'Age of the oldest record that the consumers have not finished',
    labels: ['topic'],
    read: () => cluster.topics.map(({ topic, lagSeconds }) => [{ topic }, lagSeconds]),
  });
  addLedgers(registry, deps);
}

function addLedgers(registry: Registry, parts: Deps): void {
  const { cluster, progress, redriven } = parts;
  addGauge(registry, {
    name: 'hookline_deliveries',
    help: 'Deliveries by where they stand, as far back as the log of attempts goes',
    labels: ['state'],
    read: () =>
      Object.entries(deliveryCounts(parts).counts).map(([state, count]) => [{ state }, count]),
  });
  addGauge(registry, {
    name: 'hookline_dead_letters',
    help: 'Dead letters that nobody has put back into delivery',
    read: () => [[{}, cluster.deadLetters]],
  });
  addCounter(registry, {
    name: 'hookline_dead_letters_redriven_total',
    help: 'Dead letters that were put back into delivery',
    read: () => {
      const counts = [...redriven.entries()].map(([, ranges]) => coveredCount(ranges, 0));
      return [[{}, counts.reduce((sum, count) => sum + count, 0)]];
    },
  });
  addGauge(registry, {
    name: 'hookline_files',
    help: 'Files by state',
    labels: ['state'],
    read: () => {
      const states = [...progress.entries()].map(([, file]) => fileStateOf(file));
      return FILE_STATES.map((one) => [{ state: one }, states.filter((s) => s === one).length]);
    },
  });
}
