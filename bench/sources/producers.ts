// Programs of others that fill a topic: a producer in Java with zstd, one in Go with Snappy. Their
// batches are the ones that a user's topic has, not ours.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureJars, jarCache } from '../../infra/kafka/jars.ts';
import { USERS } from './events.ts';

const run = promisify(execFile);
const HERE = import.meta.dirname;

/** Writes the events of `eventOf` with numbers below `events` to a topic that is there. */
export type Produce = (
  brokers: readonly string[],
  topic: string,
  events: number,
) => Promise<unknown>;

const argsOf: (...given: Parameters<Produce>) => string[] = (brokers, topic, events) => [
  ...[brokers.join(','), topic, String(events), String(USERS)],
];

/** Java's own client, compressing with zstd. */
export const produceByJava: Produce = async (...given) => {
  const jars = await ensureJars(jarCache(process.env));
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
  // Java compiles a single file when it starts it.
  const source = join(HERE, 'java', 'Produce.java');
  await run('java', [quiet, '-cp', join(jars, '*'), source, ...argsOf(...given)]);
};

/** franz-go, compressing with Snappy. */
export const produceByGo: Produce = async (...given) => {
  // With the Go that is here: another one would be downloaded.
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false' };
  await run('go', ['run', '.', ...argsOf(...given)], { cwd: join(HERE, 'go'), env });
};
