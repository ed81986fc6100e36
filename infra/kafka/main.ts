import { writeRunFile } from '../../common/process/run-file.ts';
import { prepareDataDirs } from '../../common/config/data-dirs.ts';
import { runRole } from '../../common/process/run-role.ts';
import { findKafka } from './find.ts';

await runRole('kafka', async ({ config, logger, open }) => {
  prepareDataDirs(config, ['kafka']);
  // Whatever KAFKA_BROKERS says: this process is there to be one.
  const kafka = await findKafka({ brokers: [], dataDir: config.DATA_DIR, logger }, process.env);
  open.defer(() => kafka.stop());
  const run = { pid: process.pid, KAFKA_BROKERS: kafka.brokers.join(',') };
  open.defer(writeRunFile(config.DATA_DIR, run));
  process.stdout.write(`KAFKA_BROKERS=${kafka.brokers.join(',')}\n`);
});
