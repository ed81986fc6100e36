import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../../common/base/errors.ts';
import { runToEnd } from '../process/run-to-end.ts';
import { javaOptions } from './broker-process.ts';
import type { Java } from './broker-process.ts';
import { folderSettings, portSettings, propertiesText } from './broker-settings.ts';
import type { BrokerNode } from './broker-settings.ts';

/** The first records of the metadata log: the features of this version of Kafka. */
const BOOTSTRAP = 'bootstrap.checkpoint';
const META = 'meta.properties';

/** The id of a cluster or a folder to be: 16 bytes, as Kafka's own tool makes them. */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  // The tool that takes it would read an option.
  return id.startsWith('-') ? newClusterId() : id;
}

/** The id of the cluster that a folder belongs to; null before it is formatted. */
export function clusterIdOf(node: BrokerNode): string | null {
  const path = join(node.dir, 'metadata', 'meta.properties');
  if (!existsSync(path)) return null;
  return /^cluster\.id=(.+)$/m.exec(readFileSync(path, 'utf8'))?.[1]?.trim() ?? null;
}

/**
 * Prepares an empty folder for Kafka, once. The folder appears whole or not at all, so that a
 * killed start leaves nothing half done.
 */
export async function formatStorage(
  java: Java,
  node: BrokerNode,
  nodes: readonly BrokerNode[],
  host: string,
  clusterId: string,
): Promise<void> {
  if (existsSync(node.dir)) return;
  mkdirSync(dirname(node.dir), { recursive: true });
  const dir = mkdtempSync(`${node.dir}-format-`);
  try {
    const properties = join(dir, 'server.properties');
    const settings = {
      ...folderSettings({ ...node, dir }, nodes.length),
      ...portSettings(node, nodes, host),
    };
    writeFileSync(properties, propertiesText(settings));
    const known = bootstrapFile(java);
    const bootstrap = knownBootstrap(known);
    if (bootstrap) writeFormat(dir, node, clusterId, bootstrap);
    else await runFormat(java, node, properties, clusterId);
    renameSync(dir, node.dir);
    if (!bootstrap) keepBootstrap(node, known);
  } catch (error) {
    // A second start at the same moment was quicker: its folder is as good as ours.
    if (!existsSync(node.dir)) throw error;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * Returns the path of the file that Kafka's tool wrote the first time on this machine. The file
 * names neither cluster nor folder.
 */
function bootstrapFile(java: Java): string {
  return `${java.jars}.${BOOTSTRAP}`;
}

/** @returns null where there is none, or one of which a crash of the machine has left nothing */
function knownBootstrap(path: string): Buffer | null {
  const bytes = existsSync(path) ? readFileSync(path) : null;
  return bytes?.some((byte) => byte !== 0) ? bytes : null;
}

function keepBootstrap(node: BrokerNode, path: string): void {
  try {
    copyFileSync(join(node.dir, 'metadata', BOOTSTRAP), `${path}.${process.pid}`);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // The next new folder asks Kafka's tool again.
  }
}

/** Writes what Kafka's tool writes, without starting Java for it. */
function writeFormat(dir: string, { id }: BrokerNode, clusterId: string, bootstrap: Buffer): void {
  for (const name of ['log', 'metadata']) {
    mkdirSync(join(dir, name));
    const meta = { 'node.id': String(id), 'directory.id': newClusterId(), version: '1' };
    const text = propertiesText({ ...meta, 'cluster.id': clusterId });
    writeFileSync(join(dir, name, META), text);
    writeFileSync(join(dir, name, BOOTSTRAP), bootstrap);
  }
}

async function runFormat(
  java: Java,
  node: BrokerNode,
  properties: string,
  clusterId: string,
): Promise<void> {
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties];
  const { code, lastLines } = await runToEnd(java.command, [
    ...javaOptions(java, 'format'),
    ...format,
  ]);
  if (code === 0) return;
  throw new AppError('kafka_missing', `Kafka cannot use ${node.dir}:\n${lastLines}`);
}
