import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker } from '../../infra/kafka/broker-process.ts';
import { formatStorage, newClusterId } from '../../infra/kafka/format-storage.ts';
import type { BrokerNode } from '../../infra/kafka/broker-settings.ts';
import { ensureJars, jarCache } from '../../infra/kafka/jars.ts';
import { freePort } from '../../infra/process/ports.ts';

const HOST = '127.0.0.1';
const WITHIN_MS = 60_000;
/** A broker of a test lives for seconds: code that is optimised in full would come too late. */
export const COMPILE_LITTLE = '-XX:TieredStopAtLevel=1';

/**
 * Options with which a short-lived broker costs a third of the processor time, for the variable
 * JDK_JAVA_OPTIONS. They load Kafka's classes from an archive, which one broker writes here.
 *
 * @param folder holds the archive, which Java ignores where it does not suit
 * @see https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
 */
export async function quickJava(folder: string): Promise<string> {
  const java = { command: 'java', jars: await ensureJars(jarCache(process.env)) };
  const archive = join(folder, 'kafka-classes.jsa');
  const node: BrokerNode = {
    id: 1,
    dir: join(folder, 'kafka-classes'),
    port: await freePort(HOST),
    controllerPort: await freePort(HOST),
  };
  await formatStorage(java, node, [node], HOST, newClusterId());
  const before = process.env['JDK_JAVA_OPTIONS'];
  process.env['JDK_JAVA_OPTIONS'] = `${COMPILE_LITTLE} -XX:ArchiveClassesAtExit=${archive}`;
  const broker = startBroker(java, node, [node], HOST);
  if (before === undefined) delete process.env['JDK_JAVA_OPTIONS'];
  else process.env['JDK_JAVA_OPTIONS'] = before;
  let hasEnded = false;
  void broker.child.exited.then(() => (hasEnded = true));
  const deadline = performance.now() + WITHIN_MS;
  while (!broker.isListening() && !hasEnded && performance.now() < deadline) await sleep(100);
  await broker.child.stop();
  return `${COMPILE_LITTLE} -XX:SharedArchiveFile=${archive}`;
}
