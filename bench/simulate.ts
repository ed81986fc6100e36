// `npm run simulate`: foretells what a system of a given size does, by a model of its consumers
// that is fed with measured costs. With --measure the costs of this machine are measured, and real
// runs are held against the model. A file holds a scenario of your own; what it leaves out is
// taken from the first one of bench/scenarios.ts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../common/base/errors.ts';
import { createLogger } from '../common/base/logger.ts';
import { flag } from '../common/cli/command.ts';
import type { Command } from '../common/cli/command.ts';
import { parseCommand } from '../common/cli/parse-command.ts';
import { runCommand } from '../common/cli/run-command.ts';
import { formatTable } from '../common/cli/table.ts';
import { loadConfigOrExit } from '../common/process/run-role.ts';
import { findKafka } from '../infra/kafka/find.ts';
import { compareRun, measureCosts } from './real-runs.ts';
import type { RealRun } from './real-runs.ts';
import { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { simulate } from './simulation.ts';

const SIMULATE = {
  script: 'simulate',
  summary: 'Foretells what a system of a given size does, by a model fed with measured costs.',
  examples: [
    ['', 'the scenarios of docs/scaling.md'],
    ['mine.json', 'a scenario of your own'],
    ['--measure', 'measures the costs here, and holds real runs against the model'],
  ],
  options: { measure: flag('measures this machine with a Kafka of its own, for some minutes') },
  operand: { placeholder: 'FILE', help: 'JSON of a scenario; bench/scenario.ts has it' },
} as const satisfies Command;

/** The processor is the bound of the first, the places of the second, the order of the third. */
const REAL_RUNS: readonly RealRun[] = [
  {
    ...{ name: 'answers at once, 20 % refused', records: 300_000, users: 5_000 },
    ...{ answerAfterMs: 0, failureShare: 0.2, env: { RETRY_SCHEDULE: '1s,1s,1s' } },
  },
  {
    ...{ name: 'answers after 20 ms, 10 % refused', records: 60_000, users: 5_000 },
    ...{ answerAfterMs: 20, failureShare: 0.1, env: { RETRY_SCHEDULE: '1s,2s,4s' } },
  },
  {
    ...{ name: 'ORDERING=key, 20 users, 20 ms', records: 12_000, users: 20 },
    ...{ answerAfterMs: 20, failureShare: 0, env: { ORDERING: 'key' } },
  },
];

await runCommand(
  SIMULATE,
  (words, env) => parseCommand(SIMULATE, words, env),
  async ({ given, operand }) => {
    if (given.measure) return measure();
    show(operand === null ? SCENARIOS : [readScenario(operand)]);
  },
);

function readScenario(file: string): Scenario {
  let given: object;
  try {
    given = JSON.parse(readFileSync(file, 'utf8')) as object;
  } catch (error) {
    throw new AppError('config_invalid', `${file}: ${messageOf(error)}`);
  }
  const { data, error } = Scenario.safeParse({ ...SCENARIOS[0], name: file, ...given });
  if (!data) throw new AppError('config_invalid', `${file}:\n${z.prettifyError(error)}`);
  return data;
}

function show(scenarios: readonly Scenario[]): void {
  const rows = scenarios.map((scenario) => {
    const { perSecond, attempts, waitP99Ms, used, bound } = simulate(scenario);
    const { name, consumers, deliveries } = scenario;
    return [
      ...[name, consumers, Math.round(perSecond), (attempts / deliveries).toFixed(2)],
      ...[waitP99Ms.toFixed(1), used.processor.toFixed(2), used.places.toFixed(2), bound],
    ];
  });
  const head = ['scenario', 'consumers', 'deliveries/s', 'attempts each', 'wait p99 ms'];
  console.log(formatTable([...head, 'thread', 'places', 'bound'], rows));
}

async function measure(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hookline-simulate-'));
  const logger = createLogger('bench', 'warn');
  const brokers = loadConfigOrExit().KAFKA_BROKERS;
  const kafka = await findKafka({ brokers, dataDir, port: 0, logger }, process.env);
  try {
    const costs = await measureCosts(kafka.brokers);
    console.log(JSON.stringify(costs));
    const rows: (string | number)[][] = [];
    for (const run of REAL_RUNS) {
      const { real, simulated, bound } = await compareRun(kafka.brokers, costs, run);
      const error = `${((simulated / real - 1) * 100).toFixed(1)} %`;
      rows.push([run.name, Math.round(real), Math.round(simulated), error, bound]);
    }
    console.log(formatTable(['run', 'real/s', 'simulated/s', 'error', 'bound'], rows));
  } finally {
    await kafka.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 });
  }
}
