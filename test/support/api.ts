import { createPublisher } from '../../common/kafka/produce/publisher.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { DeliverySystem, RunningRole } from './delivery.ts';
import { urlOf } from './role-url.ts';
import { aSubscription } from './subscription.ts';
import type { GivenSubscription } from './subscription.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at what they expect
  readonly json: any;
}

export interface TestApi {
  readonly role: RunningRole;
  readonly url: string;
  /** A body that is neither text nor bytes is sent as JSON. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
}

/** Starts a producer and waits until it listens. */
export async function startApi(
  system: DeliverySystem,
  env: Record<string, string> = {},
): Promise<TestApi> {
  const role = system.start('producer', { PORT: '0', ...env });
  const url = await urlOf(role);
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers,
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    return readAnswer(answer);
  };
  return { role, url, post };
}

/** Reads an answer to its end; `json` is null where it is none. */
export async function readAnswer(response: Response): Promise<ApiAnswer> {
  const { status, headers } = response;
  const text = await response.text();
  const isJson = /^application\/([a-z]+\+)?json/.test(headers.get('content-type') ?? '');
  return { status, headers, text, json: isJson ? JSON.parse(text) : null };
}

/** Writes subscriptions to the topic, as the console does; their target is the test's receiver. */
export async function subscribe(
  { kafka, names, config, receiver }: DeliverySystem,
  all: readonly GivenSubscription[],
): Promise<void> {
  const publisher = createPublisher({ kafka, logger: createLogger('test', 'silent') });
  const written = all.map((given) => {
    const key = given.id;
    const subscription = aSubscription({ targetUrl: `${receiver.url}/${key}`, ...given });
    const record = { key, value: JSON.stringify(subscription), headers: {} };
    const partition = partitionOf(key, config.PARTITIONS);
    return publisher.publish({ topic: names.subscriptions, partition, ...record }, 30_000);
  });
  await Promise.all(written);
  await publisher.close();
}
