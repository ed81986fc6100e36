import { runRole } from '../../common/run-role.ts';
import { startEmbeddedKafka } from './embedded.ts';

await runRole('kafka', async ({ config, logger, open }) => {
  const kafka = await startEmbeddedKafka({ dataDir: config.DATA_DIR, logger });
  open.defer(() => kafka.stop());
  process.stdout.write(`KAFKA_BROKERS=${kafka.brokers.join(',')}\n`);
});
