import type { BucketResult, Lost } from './bucket.ts';
import type { Row } from './report.ts';

const SPEED_BAR = 0.8;
const MEMORY_BAR = 1.1;

/** The line of the bucket in the table of all benchmarks. */
export function bucketRow({ perSecond, ratio, peakMiB, killed, shared }: BucketResult): Row {
  const memory = peakMiB.bucket / peakMiB.folder;
  const once = ({ lost, repeated }: Lost, when: string) => ({
    what: `${lost} rows lost and ${repeated} repeated ${when}`,
    isMet: lost === 0 && repeated === 0,
  });
  return {
    name: 'an object of a bucket',
    cells: {
      'per second': String(perSecond.bucket),
      'the folder': String(perSecond.folder),
      ratio: ratio.toFixed(2),
      bar: `≥ ${SPEED_BAR}`,
      'producer MiB': String(peakMiB.bucket),
      'the folder, MiB': String(peakMiB.folder),
    },
    checks: [
      { what: `${ratio.toFixed(2)} × the folder's rate`, isMet: ratio >= SPEED_BAR },
      { what: `${memory.toFixed(2)} × the folder's memory`, isMet: memory <= MEMORY_BAR },
      once(killed, 'after five kills'),
      once(shared, 'by two producers'),
    ],
  };
}
