// Goal: a broker whose disk fills up ends; once there is room and it runs again, nothing that it
// acknowledged is missing.
import { after, test } from 'node:test';
import { startContainerKafka } from '../support/container-kafka.ts';
import { checkNothingLost, systemUnderLoad, untilFlowing } from '../support/load.ts';
import { createSmallDisk } from '../support/small-disk.ts';
import { until } from '../support/until.ts';

const disk = await createSmallDisk();
const kafka = await startContainerKafka({ dataVolume: disk.volume });
after(async () => {
  await kafka.stop();
  await disk.remove();
});
const [broker] = kafka.nodes;
if (!broker) throw new Error('no broker');

test('a disk that fills up under load loses nothing', { timeout: 180_000 }, async (t) => {
  const running = await systemUnderLoad(t, kafka);
  await disk.fill();
  await until(async () => !(await broker.isRunning()));
  await disk.free();
  await broker.restart();
  await untilFlowing(running);
  await checkNothingLost(t, running);
});
