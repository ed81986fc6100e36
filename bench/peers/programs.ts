// Builds the peers that this machine has the tools for: a loop in Go, and Confluent's Parallel
// Consumer on Java.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../common/base/errors.ts';

/** How a peer is started; BROKERS TOPIC GROUP URL CONNECTIONS follow. */
export interface PeerProgram {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const run = promisify(execFile);
const HERE = import.meta.dirname;
const BUILD_MS_MAX = 300_000;
const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies';

/** @param folder where what is built is put; what cannot be built is said and left out */
export async function buildPeers(folder: string): Promise<readonly PeerProgram[]> {
  const built = [];
  for (const build of [buildGoLoop, buildParallelConsumer]) {
    try {
      built.push(await build(folder));
    } catch (error) {
      process.stderr.write(`… left out: ${messageOf(error)}\n`);
    }
  }
  return built;
}

async function buildGoLoop(folder: string): Promise<PeerProgram> {
  const program = join(folder, 'go-loop');
  const cwd = join(HERE, 'go');
  // With the Go that is here: another one would be downloaded.
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false' };
  await run('go', ['build', '-o', program, '.'], { cwd, env, timeout: BUILD_MS_MAX });
  return { name: 'Go: franz-go, net/http', program, args: [] };
}

async function buildParallelConsumer(folder: string): Promise<PeerProgram> {
  const jars = join(folder, 'jars');
  const pom = join(HERE, 'java', 'pom.xml');
  const args = ['-B', '-q', '-f', pom, COPY_JARS, '-DincludeScope=runtime'];
  await run('mvn', [...args, `-DoutputDirectory=${jars}`], { timeout: BUILD_MS_MAX });
  // Java compiles a single file when it starts it.
  const source = join(HERE, 'java', 'ParallelLoop.java');
  await run('java', ['-version'], { timeout: BUILD_MS_MAX });
  return {
    ...{ name: 'Java: Parallel Consumer, Vert.x', program: 'java' },
    args: ['-cp', join(jars, '*'), source],
  };
}
