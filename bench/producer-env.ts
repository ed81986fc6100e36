import { randomBytes } from 'node:crypto';

/** Settings of a producer that a measurement has to itself: nothing holds it back. */
export function producerEnv(brokers: readonly string[], dataDir: string) {
  return {
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
    DATA_DIR: dataDir,
    PORT: '0',
    MAX_LAG: '1000000000',
    LOG_LEVEL: 'info',
  };
}
