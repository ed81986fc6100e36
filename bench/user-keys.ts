// Measures what keys for each user cost: processor time of a delivery in the consumer, and of a
// `POST /send` in the producer, with USER_KEYS off and on, unsigned and signed, in turns:
//   node bench/user-keys.ts [--rounds 3] [--records 100000] [--requests 10000]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../common/base/logger.ts';
import { loadConfigOrExit } from '../common/process/run-role.ts';
import { findKafka } from '../infra/kafka/find.ts';
import { PAIRED_OPTIONS, optionsOrExit } from './options.ts';
import { pairedCosts } from './paired-costs.ts';

const {
  rounds = 3,
  records = 100_000,
  requests = 10_000,
} = optionsOrExit({
  script: 'bench/user-keys.ts',
  summary: 'Measures what keys for each user cost a delivery and a request.',
  examples: [['--rounds 1', 'a first look']],
  options: PAIRED_OPTIONS,
});
const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
const logger = createLogger('bench', 'warn');
const kafka = await findKafka(
  { brokers: loadConfigOrExit().KAFKA_BROKERS, dataDir, port: 0, logger },
  process.env,
);
process.once('exit', () => {
  kafka.kill();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 });
});

const KEYS = { USER_KEYS: 'on', SECRET_KEY: 'a key of the benchmarks' };
const SIGNED = { WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}` };
const setup = {
  ...{ brokers: kafka.brokers, dataDir, rounds, records, requests },
};
await pairedCosts(setup, { off: { env: {} }, 'user keys': { env: KEYS } });
await pairedCosts(setup, {
  signed: { env: SIGNED },
  'signed, user keys': { env: { ...SIGNED, ...KEYS } },
});
await kafka.stop();
process.exit();
