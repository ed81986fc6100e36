// Goal: whatever happens to the broker's container, every acknowledged record is delivered.
import { after, test } from 'node:test';
import { startContainerKafka } from '../support/container-kafka.ts';
import { checkNothingLost, standStill, systemUnderLoad, untilFlowing } from '../support/load.ts';

/** Longer than a client waits for an answer. */
const HANGS_MS = 12_000;
const AWAY_MS = 3_000;
const options = { timeout: 180_000 };

const kafka = await startContainerKafka();
after(() => kafka.stop());
const [broker] = kafka.nodes;
if (!broker) throw new Error('no broker');

test('a broker that hangs under load loses nothing', options, async (t) => {
  const running = await systemUnderLoad(t, kafka);
  await broker.pause();
  await standStill(running, HANGS_MS);
  await broker.unpause();
  await untilFlowing(running);
  await checkNothingLost(t, running);
});

test('a broker that is killed under load and started again loses nothing', options, async (t) => {
  const running = await systemUnderLoad(t, kafka);
  await broker.kill();
  await standStill(running, AWAY_MS);
  await broker.restart();
  await untilFlowing(running);
  await checkNothingLost(t, running);
});
