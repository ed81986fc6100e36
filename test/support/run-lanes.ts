import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import type { Lane } from './lanes.ts';

/** No test may hang the run for ever; this is for a whole file. */
const FILE_MS_MAX = 600_000;

interface Options {
  /** Options of node for the process of each file, such as --test-name-pattern. */
  readonly execArgv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** More of the environment, for cheap starts of many brokers; not for a lane that measures. */
  readonly quickStarts: NodeJS.ProcessEnv;
  /** Ends the run and what it has started. */
  readonly signal: AbortSignal;
}

type Counts = Record<string, number>;

/**
 * Runs the lanes one after the other and prints one report of them all.
 *
 * @returns whether every file passed
 */
export async function runLanes(lanes: readonly Lane[], given: Options): Promise<boolean> {
  const { quickStarts, ...options } = given;
  const envOf = ({ measures }: Lane) =>
    measures ? options.env : { ...options.env, ...quickStarts };
  const total: { success: boolean; counts: Counts } = { success: true, counts: {} };
  async function* events() {
    const startedAt = performance.now();
    const ofLanes: string[] = [];
    for (const lane of lanes) {
      const { name, files, atOnce: concurrency } = lane;
      const how = { ...options, env: envOf(lane), concurrency, timeout: FILE_MS_MAX };
      for await (const event of run({ ...how, files })) {
        // An event without a file is about the whole lane.
        if (event.data.file !== undefined) yield event;
        else if (event.type === 'test:summary') {
          add(total, event.data);
          ofLanes.push(inShort(name, event.data));
        }
      }
    }
    for (const message of ofLanes) yield diagnostic(message);
    const { tests, suites, passed, failed, cancelled, skipped, todo } = total.counts;
    const lines = { tests, suites, pass: passed, fail: failed, cancelled, skipped, todo };
    const all = { ...lines, duration_ms: Math.round(performance.now() - startedAt) };
    for (const [name, count] of Object.entries(all)) {
      yield diagnostic(`${name} ${count}`);
    }
  }
  await pipeline(events, new spec(), process.stdout, { end: false });
  return total.success;
}

function diagnostic(message: string) {
  return { type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } };
}

function inShort(
  name: string,
  { counts, duration_ms: ms }: { counts: Counts; duration_ms: number },
) {
  const { tests, passed } = counts;
  return `${name}: ${tests} tests, ${passed} passed, in ${Math.round(ms / 1_000)} s`;
}

function add(total: { success: boolean; counts: Counts }, lane: typeof total): void {
  total.success &&= lane.success;
  for (const [name, count] of Object.entries(lane.counts)) {
    total.counts[name] = (total.counts[name] ?? 0) + count;
  }
}
