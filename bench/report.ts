import { formatTable } from '../common/cli/table.ts';
import type { DeliveryRun } from './deliveries.ts';
import type { IngestResult } from './ingest.ts';
import type { IdleResult } from './idle-subscriptions.ts';
import type { LanesResult } from './lanes.ts';
import type { Latency } from './latency.ts';
import type { EndpointsResult } from './many-endpoints.ts';
import { BARE, OURS } from './peers.ts';
import type { PeerResult } from './peers.ts';
import type { SendResult } from './send.ts';
import { quantile } from './statistics.ts';
import type { Sample, WaitingResult } from './waiting.ts';
import type { ContestResult } from './windows.ts';

/** One line of the table, and what it had to reach. */
export interface Row {
  readonly name: string;
  readonly cells: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
}

interface Check {
  readonly what: string;
  readonly isMet: boolean;
}

/** CPU is in µs for one delivery or row. */
export function deliveryRow({ name, records, bar }: DeliveryRun, result: ContestResult): Row {
  const { perSecond, barePerSecond, ratio, cpu, stolen, stats, seconds } = result;
  const lost = records - stats.distinct;
  const once: Check = {
    what: `each of ${records} once: ${lost} lost, ${stats.duplicates} repeated`,
    isMet: lost === 0 && stats.duplicates === 0,
  };
  return {
    name,
    cells: {
      'per second': String(perSecond),
      'bare loop': String(barePerSecond),
      ratio: ratio.toFixed(3),
      bar: bar === null ? '' : `≥ ${bar}`,
      'consumer µs': micros(cpu.consumer),
      'receiver µs': micros(cpu.receiver),
      'broker µs': micros(cpu.broker),
      'stolen %': Number.isNaN(stolen) ? '' : (stolen * 100).toFixed(1),
      seconds: seconds.toFixed(1),
    },
    checks: bar === null ? [] : [atLeast(ratio, bar), once],
  };
}

const ENDPOINTS_BAR = 0.85;

export function endpointsRow(isTls: boolean, result: EndpointsResult): Row {
  const { perSecond, onePerSecond, ratio, micros: many, oneMicros, failed } = result;
  return {
    name: isTls ? 'many endpoints, HTTPS' : 'many endpoints',
    cells: {
      'per second': String(perSecond),
      'bare loop': String(onePerSecond),
      ratio: ratio.toFixed(3),
      bar: `≥ ${ENDPOINTS_BAR}`,
      'client µs': many.toFixed(1),
      'bare µs': oneMicros.toFixed(1),
    },
    checks: [
      atLeast(ratio, ENDPOINTS_BAR),
      { what: `${failed} requests failed`, isMet: failed === 0 },
    ],
  };
}

export const INGEST_BAR = 0.6;

export function ingestRow(result: IngestResult): Row {
  return {
    name: 'ingest of a file',
    cells: {
      'per second': String(result.perSecond),
      'bare loop': String(result.barePerSecond),
      ratio: result.ratio.toFixed(2),
      bar: `≥ ${INGEST_BAR}`,
      'producer µs': micros(result.producerCpu),
      'producer MiB': String(result.peakMiB),
    },
    checks: [atLeast(result.ratio, INGEST_BAR)],
  };
}

const SEND_BAR = 0.4;

export function sendRow({ accepted, lost, ...result }: SendResult): Row {
  return {
    name: 'POST /send, 64 connections',
    cells: {
      'per second': String(result.perSecond),
      'bare loop': String(result.barePerSecond),
      ratio: result.ratio.toFixed(2),
      bar: `≥ ${SEND_BAR}`,
      'producer µs': micros(result.cpu.producer),
      'broker µs': micros(result.cpu.broker),
      'client µs': micros(result.cpu.client),
      'bare µs': micros(result.cpu.bare),
    },
    checks: [
      atLeast(result.ratio, SEND_BAR),
      { what: `${lost} of ${accepted} accepted are not in Kafka`, isMet: lost === 0 },
    ],
  };
}

const P50_MS_BAR = 3;
const P99_MS_BAR = 15;

export function latencyRow({ p50Ms, p99Ms }: Latency): Row {
  return {
    name: 'latency at 200/s',
    cells: {
      'p50 ms': p50Ms.toFixed(2),
      'p99 ms': p99Ms.toFixed(2),
      bar: `≤ ${P50_MS_BAR} and ${P99_MS_BAR} ms`,
    },
    checks: [atMost('p50', p50Ms, P50_MS_BAR), atMost('p99', p99Ms, P99_MS_BAR)],
  };
}

const BESIDE_FILE_BAR = 5;
const FILE_BAR = 0.8;
/** Ratios beside 20 idle subscriptions, and beside 1,000. */
const IDLE_BARS = [0.95, 0.9];

export function lanesRow(result: LanesResult): Row {
  const { idle, besideFile, fileRatio, rowsPerSecond, rowsAlonePerSecond, lost } = result;
  const ratio = besideFile.p95Ms / idle.p95Ms;
  return {
    name: 'two lanes',
    cells: {
      'per second': String(rowsPerSecond),
      'bare loop': String(rowsAlonePerSecond),
      ratio: fileRatio.toFixed(2),
      bar: `≥ ${FILE_BAR}`,
      'p50 ms': `${idle.p50Ms.toFixed(1)} → ${besideFile.p50Ms.toFixed(1)}`,
      'p95 ms': `${idle.p95Ms.toFixed(1)} → ${besideFile.p95Ms.toFixed(1)}`,
    },
    checks: [
      atLeast(fileRatio, FILE_BAR),
      {
        what: `p95 of POST /send beside a file is ${ratio.toFixed(1)} × that without, bar ${BESIDE_FILE_BAR} ×`,
        isMet: ratio <= BESIDE_FILE_BAR,
      },
      { what: `${lost} of those accepted did not arrive`, isMet: lost === 0 },
    ],
  };
}

/** @param results ascending by the number of subscriptions */
export function idleRow(results: readonly IdleResult[]): Row {
  const most = results.at(-1) as IdleResult;
  return {
    name: 'idle subscriptions',
    cells: {
      'per second': results.map(({ perSecond }) => String(perSecond)).join(', '),
      'bare loop': String(most.alonePerSecond),
      ratio: results.map(({ ratio }) => ratio.toFixed(2)).join(', '),
      bar: IDLE_BARS.map((bar) => `≥ ${bar}`).join(', '),
    },
    checks: results.flatMap(({ subscriptions, ratio, rewritten }, n) => [
      atLeast(ratio, IDLE_BARS[n] ?? 0),
      {
        what: `beside ${subscriptions} subscriptions ${rewritten} records were written again`,
        isMet: rewritten === 0,
      },
    ]),
  };
}

/** Ours, to the loop in Go of the same run. */
const GO_BAR = 1.15;

/** A row for each of those that took turns. */
export function peerRows(results: readonly PeerResult[]): readonly Row[] {
  const ours = results.find(({ name }) => name === OURS)?.ratio ?? NaN;
  return results.map(({ name, perSecond, ratio, cpuMicros, brokerMicros, peakMiB }) => ({
    name: `peers: ${name}`,
    cells: {
      'per second': String(perSecond),
      ratio: ratio.toFixed(2),
      'consumer µs': cpuMicros.toFixed(1),
      'broker µs': Number.isNaN(brokerMicros) ? '' : brokerMicros.toFixed(1),
      'peak MiB': name === BARE ? '' : String(peakMiB),
    },
    checks: name.startsWith('Go') ? [atLeast(ours / ratio, GO_BAR)] : [],
  }));
}

const WAITING_BARS = { p95: 1.1, rate: 0.9, records: 1.05, healed: 0.5 } as const;
/** Highest ratio of memory and disk between the last and the first third of the time. */
const FLAT_BAR = 1.1;
const FLAT_MIB = 4;

export function waitingRow(result: WaitingResult): Row {
  const { p95Ms, aloneP95Ms, p95Ratio, rateRatio, recordsPerDelivery, refused, healed } = result;
  const { lost, repeated, repeatedMax, overtaken } = healed;
  const bars = WAITING_BARS;
  const refusals = Object.values(refused).reduce((sum, count) => sum + count, 0);
  return {
    name: 'waiting for dead endpoints',
    cells: {
      'per second': String(result.perSecond),
      'bare loop': String(result.alonePerSecond),
      ratio: rateRatio.toFixed(2),
      bar: `≥ ${bars.rate}`,
      'p95 ms': `${aloneP95Ms.toFixed(1)} → ${p95Ms.toFixed(1)}`,
    },
    checks: [
      atLeast(rateRatio, bars.rate),
      {
        what: `p95 of the healthy one is ${p95Ratio.toFixed(2)} × that without the dead, bar ${bars.p95} ×`,
        isMet: p95Ratio <= bars.p95,
      },
      {
        what: `${recordsPerDelivery.toFixed(3)} records for each that waits, bar ${bars.records}`,
        isMet: recordsPerDelivery <= bars.records,
      },
      flat(result.samples, 'memory of the consumer', (one) => one.residentMiB),
      flat(result.samples, 'disk', (one) => one.topicsMiB),
      { what: `POST /send refused ${refusals} times`, isMet: refusals === 0 },
      {
        what: `healed, ${healed.perSecond} a second, ${healed.headPerSecond} from the head: ratio ${healed.ratio.toFixed(2)}, bar ${bars.healed}`,
        isMet: healed.ratio >= bars.healed,
      },
      {
        what: `after kill -9 ${lost} lost, ${overtaken} overtaken where order is asked for, ${repeated} repeated of ${repeatedMax} at most`,
        isMet: lost === 0 && overtaken === 0 && repeated <= repeatedMax,
      },
    ],
  };
}

/** Formats the cost of waiting deliveries over time as a table. */
export function waitingTable({ samples }: WaitingResult): string {
  const cells = (one: Sample) => [
    ...[
      rounded(one.minute, 1),
      one.residentMiB,
      one.aloneResidentMiB,
      one.topicsMiB,
      one.offsetsMiB,
      one.records,
    ],
  ];
  const head = ['minute', 'consumer MiB', 'alone MiB', 'topics MiB', 'offsets MiB', 'records'];
  return `${formatTable(head, samples.map(cells))}\n`;
}

function flat(samples: readonly Sample[], what: string, of: (one: Sample) => number): Check {
  const third = Math.ceil(samples.length / 3);
  const first = quantile(samples.slice(0, third).map(of), 0.5);
  const last = quantile(samples.slice(-third).map(of), 0.5);
  return {
    what: `${what} ${first} MiB at first, ${last} MiB at last`,
    isMet: last <= first * FLAT_BAR + FLAT_MIB,
  };
}

/** Formats the time that each stage takes between publishing and the answer. */
export function stageTable({ stages }: Latency): string {
  const cells = ({ name, p50Ms, p99Ms, share }: Latency['stages'][number]) => {
    return [name, rounded(p50Ms, 2), rounded(p99Ms, 2), Math.round(share * 100)];
  };
  return `${formatTable(['stage', 'p50 ms', 'p99 ms', 'share, %'], stages.map(cells))}\n`;
}

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

/** A line for each bar: met or missed. */
export function verdicts(rows: readonly Row[]): string {
  return rows
    .flatMap(({ name, checks }) =>
      checks.map(({ what, isMet }) => `${isMet ? 'met   ' : 'MISSED'}  ${name}: ${what}\n`),
    )
    .join('');
}

function atLeast(ratio: number, bar: number): Check {
  return { what: `ratio ${ratio.toFixed(2)}, bar ${bar}`, isMet: ratio >= bar };
}

function atMost(name: string, ms: number, bar: number): Check {
  return { what: `${name} ${ms.toFixed(2)} ms, bar ${bar} ms`, isMet: ms <= bar };
}

/** Converts processor seconds for 100,000 into microseconds for one. */
function micros(seconds: number): string {
  return Number.isNaN(seconds) ? '' : (seconds * 10).toFixed(1);
}
