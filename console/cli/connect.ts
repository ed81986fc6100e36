import { z } from 'zod';
import { explainNoStatus, getStatus } from '../../common/cli/get-status.ts';
import type { Config } from '../../common/config/config.ts';
import { AppError, BrokerUnavailableError, messageOf } from '../../common/base/errors.ts';
import { connectKafka } from '../../common/kafka/client/connection.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import type { Logger } from '../../common/base/logger.ts';

/** Address of an embedded Kafka and of docker-compose.kafka.yml by default. */
const USUAL_BROKER = '127.0.0.1:9092';
const Brokers = z.object({ brokers: z.array(z.string()).min(1) });

/**
 * A way to the Kafka of KAFKA_BROKERS, else of the running system, else at the usual address.
 *
 * @param topic must be there: a tool that creates nothing has nothing to do elsewhere
 * @throws AppError topic_missing
 * @throws BrokerUnavailableError
 */
export async function connectToTopic(
  config: Config,
  logger: Logger,
  { clientId, topic }: { readonly clientId: string; readonly topic: string },
): Promise<KafkaConnection> {
  const brokers = await findBrokers(config);
  const kafka = connectKafka({ ...config, KAFKA_BROKERS: brokers }, logger, clientId);
  const topics = await withAdmin(kafka, (admin) => admin.listTopics()).catch((error: unknown) => {
    throw new BrokerUnavailableError(
      `Kafka does not answer at ${brokers.join(',')} (${messageOf(error)}). ` +
        'Run `npm start` or `npm run kafka` in another terminal, or set KAFKA_BROKERS.',
      error,
    );
  });
  if (topics.includes(topic)) return kafka;
  throw new AppError(
    'topic_missing',
    `There is no topic ${topic} at ${brokers.join(',')}. ` +
      'KAFKA_BROKERS and TOPIC_PREFIX must be those of the system.',
  );
}

async function findBrokers(config: Config): Promise<string[]> {
  if (config.KAFKA_BROKERS.length > 0) return config.KAFKA_BROKERS;
  const answer = await getStatus(config);
  // The system runs, and only its key is missing: another Kafka than its own would mislead.
  if (answer.kind === 'unauthorized') {
    throw new AppError('command_refused', `${explainNoStatus(answer)}, or set KAFKA_BROKERS`);
  }
  const running = Brokers.safeParse(answer.kind === 'status' ? answer.status : null);
  return running.success ? running.data.brokers : [USUAL_BROKER];
}
