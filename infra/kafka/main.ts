import { runRole } from '../../common/run-role.ts';
import { findKafka } from './find.ts';

await runRole('kafka', async ({ config, logger, open }) => {
  // Whatever KAFKA_BROKERS says: this process is there to be one.
  const kafka = await findKafka({ brokers: [], dataDir: config.DATA_DIR, logger }, process.env);
  open.defer(() => kafka.stop());
  process.stdout.write(`KAFKA_BROKERS=${kafka.brokers.join(',')}\n`);
});
