import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../process/child.ts';
import type { Child } from '../process/child.ts';
import { classArchive } from './class-archive.ts';
import { folderSettings, portSettings, propertiesText } from './broker-settings.ts';
import type { BrokerNode } from './broker-settings.ts';
import { saysListening } from './start-failure.ts';

/** Out of memory a broker may linger and serve nothing: it ends, and is started again. */
const JAVA_OPTIONS = ['-Xms128m', '-Xmx512m', '-XX:+ExitOnOutOfMemoryError'];
/** A clean stop of Kafka takes a second or two. */
const STOP_GRACE_MS = 20_000;
const LOG_BYTES_MAX = 10 * 1024 ** 2;

export interface Java {
  readonly command: string;
  /** Folder of the broker's jars. */
  readonly jars: string;
  /** Archive of Kafka's classes as this Java has loaded them; absent: none. */
  readonly archive?: string;
}

/** Log file of a node. */
export function logFile(node: BrokerNode): string {
  return join(node.dir, 'kafka.log');
}

/** One broker process. */
export interface BrokerStart {
  readonly child: Child;
  /** All that the log file has got since; another start on the folder may write to it as well. */
  said(): string;
  /** Whether this process itself has opened its port, so that whatever answers there is ours. */
  isListening(): boolean;
}

/** Starts one broker on a formatted folder. Its output goes to the log file. */
export function startBroker(
  java: Java,
  node: BrokerNode,
  nodes: readonly BrokerNode[],
  host: string,
): BrokerStart {
  const properties = join(node.dir, 'server.properties');
  writeWhole(properties, propertiesText(folderSettings(node, nodes.length)));
  // Not in the file: of two starts at one moment, each must use its own ports.
  const overrides = Object.entries(portSettings(node, nodes, host));
  const path = logFile(node);
  if (sizeOf(path) > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  const saidBefore = sizeOf(path);
  const said = () => readFileSync(path).subarray(saidBefore).toString('utf8');
  // Two starts on one folder log to one file: each line says whose it is.
  const mark = randomBytes(4).toString('hex');
  const output = openSync(path, 'a');
  try {
    const classes = classArchive(java.archive, process.env);
    const args = [
      ...JAVA_OPTIONS,
      ...classes.options,
      ...javaOptions(java, mark),
      ...['kafka.Kafka', properties],
      ...overrides.flatMap(([name, value]) => ['--override', `${name}=${value}`]),
    ];
    const child = startChild({ command: java.command, args, graceMs: STOP_GRACE_MS, output });
    void child.exited.then(classes.keep);
    const at = `${host}:${node.port}`;
    return { child, said, isListening: () => saysListening(said(), mark, at) };
  } finally {
    closeSync(output);
  }
}

/** A reader sees the old file or the new one, never half of it. */
function writeWhole(path: string, text: string): void {
  const partial = `${path}.${randomUUID()}`;
  writeFileSync(partial, text);
  renameSync(partial, path);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Logs go to standard error, which is the log file; the dump of every setting is left out.
 *
 * @param mark stands in each line behind its time
 */
export function javaOptions(java: Java, mark: string): string[] {
  const logging = Object.entries({
    showDateTime: 'true',
    dateTimeFormat: `yyyy-MM-dd'T'HH:mm:ss.SSSXXX '${mark}'`,
    'log.org.apache.kafka.common.config.AbstractConfig': 'warn',
  });
  const options = logging.map(([name, value]) => `-Dorg.slf4j.simpleLogger.${name}=${value}`);
  return ['-cp', join(java.jars, '*'), ...options];
}
