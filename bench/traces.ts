// Measures what tracing costs: processor time of a delivery in the consumer, and of a `POST /send`
// in the producer, with traces off, with 1 % of them and with all, in turns:
//   node bench/traces.ts [--rounds 3] [--records 100000] [--requests 10000]
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  script: 'bench/traces.ts',
  summary: 'Measures what traces cost a delivery and a request.',
  examples: [['--rounds 1', 'a first look']],
  options: PAIRED_OPTIONS,
});

const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
const logger = createLogger('bench', 'warn');
const kafka = await findKafka(
  { brokers: loadConfigOrExit().KAFKA_BROKERS, dataDir, port: 0, logger },
  process.env,
);
let spanBytes = 0;
const collector = createServer((request, response) => {
  request.on('data', (chunk: Buffer) => (spanBytes += chunk.length));
  request.on('end', () => response.end());
}).listen(0, '127.0.0.1');
await once(collector, 'listening');
process.once('exit', () => {
  kafka.kill();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 });
});

/** @param share part of the deliveries that are traced */
function traced(share: number) {
  const { port } = collector.address() as AddressInfo;
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: String(share),
  };
  return { env, filling: { tracedShare: share } };
}

await pairedCosts(
  { brokers: kafka.brokers, dataDir, rounds, records, requests },
  { off: { env: {} }, 'traces of 1 %': traced(0.01), 'traces of all': traced(1) },
);
console.log(`The collector got ${Math.round(spanBytes / 1_024)} KiB.`);
await kafka.stop();
process.exit();
