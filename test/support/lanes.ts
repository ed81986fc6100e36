import { posix } from 'node:path';

/** Test files that run side by side. */
export interface Lane {
  /** For the report. */
  readonly name: string;
  readonly files: readonly string[];
  readonly atOnce: number;
  /** They measure, so all must be as at a user's, Java's optimising included. */
  readonly measures: boolean;
}

/** One for each core of a small machine: most files wait, for brokers, sessions and delays. */
const AT_ONCE = 2;

const inIntegration = (name: string) => `test/integration/${name}.test.ts`;

/** They take so much of the machine that others would be late. */
export const HEAVY: readonly string[] = ['system/chaos'].map(inIntegration);

/** They measure how fast, how evenly or how soon something happens. */
export const ALONE: readonly string[] = [
  'consumer/neighbours',
  'consumer/rates',
  'consumer/subscribed',
  'consumer/subscription-fan-out',
  'producer/user-rate',
].map(inIntegration);

/** They take longest, so they begin first: nobody waits for one of them at the end of its lane. */
export const LONGEST: readonly string[] = [
  'test/issues/engine-regressions.test.ts',
  ...['system/leader-loss', 'system/operator-logs', 'console/reset', 'console/api-properties'].map(
    inIntegration,
  ),
];

/** By folder of test/; what lies elsewhere needs nothing that is started for it. */
const LANE_OF_FOLDER: Readonly<Record<string, string>> = {
  integration: 'integration',
  issues: 'integration',
  container: 'container',
  transfer: 'transfer',
  generated: 'integration',
  operations: 'operations',
  brokers: 'operations',
};

/** @param files paths from the root; but for the longest, their order within a lane stays */
export function lanesOf(files: readonly string[]): readonly Lane[] {
  const nameOf = (file: string) => {
    if (ALONE.includes(posix.normalize(file))) return 'integration, alone';
    if (HEAVY.includes(posix.normalize(file))) return 'integration, heavy';
    const folder = /^test\/(\w+)\//.exec(posix.normalize(file))?.[1] ?? '';
    return LANE_OF_FOLDER[folder] ?? 'unit';
  };
  const rank = (file: string) => (LONGEST.includes(posix.normalize(file)) ? 0 : 1);
  const lane = (name: string, atOnce = AT_ONCE, measures = false): Lane => {
    const own = files.filter((file) => nameOf(file) === name);
    return { name, files: own.toSorted((a, b) => rank(a) - rank(b)), atOnce, measures };
  };
  const lanes = [
    lane('unit'),
    lane('integration', 3),
    lane('container'),
    lane('transfer'),
    lane('operations'),
    lane('integration, heavy', 1),
    lane('integration, alone', 1, true),
  ];
  return lanes.filter((one) => one.files.length > 0);
}
