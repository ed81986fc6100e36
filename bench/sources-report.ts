import type { Row } from './report.ts';
import type { SourcesResult } from './sources.ts';

const RATIO_BAR = 0.95;
const RECORDS_BAR = 1.02;

/** The line of topics of others in the table of all benchmarks. */
export function sourcesRow(result: SourcesResult): Row {
  const { perSecond, logPerSecond, ratio, wrong, recordsPerFailure, failures } = result;
  const { lost, repeated, unasked, disordered } = wrong;
  return {
    name: 'topics of others',
    cells: {
      'per second': String(perSecond),
      'our topic': String(logPerSecond),
      ratio: ratio.toFixed(3),
      bar: `≥ ${RATIO_BAR}`,
    },
    checks: [
      { what: `${ratio.toFixed(3)} × the rate of our own topic`, isMet: ratio >= RATIO_BAR },
      {
        what: `${lost} lost, ${repeated} repeated, ${unasked} unasked, ${disordered} out of order`,
        isMet: lost + repeated + unasked + disordered === 0,
      },
      {
        what: `${recordsPerFailure.toFixed(3)} records for each of ${failures} failures`,
        isMet: recordsPerFailure <= RECORDS_BAR,
      },
    ],
  };
}
